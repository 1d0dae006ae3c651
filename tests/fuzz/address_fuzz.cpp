// Two lines of any bytes as address, range and origin: what is read is written
// and read again as the same.

#include "conf/address.hpp"
#include "conf/origin.hpp"
#include "conf/value.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

// Shorter than what a host name may have, by what stands for a star.
constexpr std::size_t safe_origin_bytes = 200;

std::string in_upper_case(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

void hold_address(std::string_view text) {
  const auto found = ip_address::parse(text);
  if (!found)
    return;
  const auto written = found->to_string();
  hold(ip_address::parse(written) == found, "an address is written as itself");
  hold(written.find(':') == std::string::npos || !found->is_v4(),
       "IPv4 is written with dots");
  hold(found->limit_key().limit_key() == found->limit_key(),
       "what limits count by is counted by itself");
  hold(std::hash<ip_address>{}(*found)
         == std::hash<ip_address>{}(*ip_address::parse(written)),
       "equal addresses have equal hashes");
  const auto range = cidr::parse(written);
  hold(range && range->contains(*found), "an address is a range of one");
  hold(range->network == *found, "a range of one is its address");
}

void hold_range(std::string_view text, std::string_view other) {
  const auto found = cidr::parse(text);
  if (!found)
    return;
  hold(found->prefix_bits <= 128, "a prefix is no longer than an address");
  hold(cidr::parse(found->to_string()) == found,
       "a range is written as itself");
  hold(found->contains(found->network), "a range holds its first address");
  const auto address = ip_address::parse(other);
  if (address && found->prefix_bits == 128)
    hold(found->contains(*address) == (found->network == *address),
         "a range of one holds one address");
}

void hold_origin(std::string_view text, std::string_view other) {
  const auto found = origin_pattern::parse(text);
  if (!found)
    return;
  hold(found->text() == text, "a pattern is kept as it was written");
  hold(found->matches(other) == found->matches(in_upper_case(other)),
       "case does not matter");
  const auto star = text.find("://*.");
  if (star == std::string_view::npos) {
    hold(found->matches(text), "an origin matches itself");
    return;
  }
  hold(!found->matches(text), "a pattern is no origin");
  std::string bare{text};
  bare.erase(star + 3, 2);
  hold(!found->matches(bare), "a star stands for a label at least");
  auto inside = std::string{text}.replace(star + 3, 1, "a.b");
  hold(text.size() > safe_origin_bytes || found->matches(inside),
       "a star stands for any labels");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto other = fuzz::text_of(data, size);
  const auto text = fuzz::take_until(other, '\n');
  hold_address(text);
  hold_range(text, other);
  hold_origin(text, other);
  return 0;
}
