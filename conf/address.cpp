#include "conf/address.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <arpa/inet.h>
#include <sys/auxv.h>

namespace signalbox {

namespace {

constexpr std::size_t v4_offset = 12;
constexpr std::uint8_t v4_prefix_bits = 96;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Decimal without a sign, a space or a leading zero: `010` is octal to some
/// readers and ten to others, so it is neither here.
std::optional<unsigned> parse_small(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0'))
    return std::nullopt;
  unsigned value = 0;
  for (char c : text) {
    if (!is_digit(c))
      return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > max)
    return std::nullopt;
  return value;
}

std::optional<ip_address> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto dot = text.find('.');
    bool is_last = i + 1 == octets.size();
    if (is_last != (dot == std::string_view::npos))
      return std::nullopt;
    auto octet = parse_small(text.substr(0, dot), 255);
    if (!octet)
      return std::nullopt;
    octets[i] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(is_last ? text.size() : dot + 1);
  }
  return ip_address::from_v4(octets);
}

std::optional<ip_address> parse_v6(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof(buffer))
    return std::nullopt;
  // What inet_pton stops at or looks past (NUL, `%zone`) is refused here.
  auto is_allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
           || c == ':' || c == '.';
  };
  if (!std::all_of(text.begin(), text.end(), is_allowed))
    return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  // An embedded IPv4 tail obeys the rules of IPv4.
  if (auto dot = text.find('.'); dot != std::string_view::npos) {
    auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !parse_v4(text.substr(colon + 1)))
      return std::nullopt;
  }
  ip_address::bytes_type bytes{};
  if (inet_pton(AF_INET6, buffer, bytes.data()) != 1)
    return std::nullopt;
  return ip_address{bytes};
}

struct zero_run {
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// The run RFC 5952 §4.2 shortens: the longest, the first of equals, two
/// groups at least.
zero_run longest_zero_run(const std::array<std::uint16_t, 8>& groups) {
  zero_run best;
  zero_run current;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] != 0) {
      current = {};
      continue;
    }
    if (current.size++ == 0)
      current.begin = i;
    if (current.size > best.size)
      best = current;
  }
  return best.size < 2 ? zero_run{} : best;
}

ip_address masked(const ip_address& address, unsigned prefix_bits) {
  auto bytes = address.bytes();
  for (unsigned i = 0; i < bytes.size(); ++i) {
    unsigned kept = prefix_bits > i * 8 ? std::min(prefix_bits - i * 8, 8U) : 0;
    bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return ip_address{bytes};
}

std::uint64_t mix(std::uint64_t x) {
  // Source: Steele et al., "Fast Splittable Pseudorandom Number Generators",
  // 2014 (the finalizer of SplitMix64).
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Peers choose their addresses, so the hash is keyed by what the kernel gave
/// this process: nobody outside can aim at one bucket.
std::uint64_t hash_key() {
  static const std::uint64_t key = [] {
    std::uint64_t value = 0x9e3779b97f4a7c15ULL;
    if (auto random = getauxval(AT_RANDOM))
      std::memcpy(&value, reinterpret_cast<const void*>(random), sizeof(value));
    return value;
  }();
  return key;
}

} // namespace

// -- ip_address ---------------------------------------------------------------

ip_address
ip_address::from_v4(const std::array<std::uint8_t, 4>& octets) noexcept {
  bytes_type bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::copy(octets.begin(), octets.end(), bytes.begin() + v4_offset);
  return ip_address{bytes};
}

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return parse_v6(text.substr(1, text.size() - 2));
  if (text.find(':') != std::string_view::npos)
    return parse_v6(text);
  return parse_v4(text);
}

bool ip_address::is_v4() const noexcept {
  static constexpr std::array<std::uint8_t, v4_offset> prefix{
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(prefix.begin(), prefix.end(), bytes_.begin());
}

bool ip_address::is_loopback() const noexcept {
  if (is_v4())
    return bytes_[v4_offset] == 127;
  bytes_type loopback{};
  loopback[15] = 1;
  return bytes_ == loopback;
}

ip_address ip_address::limit_key() const noexcept {
  return is_v4() ? *this : masked(*this, 64);
}

std::string ip_address::to_string() const {
  char buffer[INET6_ADDRSTRLEN];
  if (is_v4()) {
    std::snprintf(buffer, sizeof(buffer), "%u.%u.%u.%u", bytes_[12], bytes_[13],
                  bytes_[14], bytes_[15]);
    return buffer;
  }
  std::array<std::uint16_t, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] =
      static_cast<std::uint16_t>(bytes_[i * 2] << 8 | bytes_[i * 2 + 1]);
  auto zeros = longest_zero_run(groups);
  std::string result;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (zeros.size > 0 && i == zeros.begin) {
      result += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!result.empty() && result.back() != ':')
      result += ':';
    std::snprintf(buffer, sizeof(buffer), "%x", groups[i]);
    result += buffer;
  }
  return result;
}

// -- cidr ---------------------------------------------------------------------

std::optional<cidr> cidr::parse(std::string_view text) noexcept {
  auto slash = text.find('/');
  auto address_text = text.substr(0, slash);
  if (address_text.starts_with('['))
    return std::nullopt;
  auto address = ip_address::parse(address_text);
  if (!address)
    return std::nullopt;
  if (slash == std::string_view::npos)
    return cidr{*address, 128};
  // The spelling decides what the length counts, not the value: a mapped
  // address written with colons has a length of up to 128.
  bool is_dotted = address_text.find(':') == std::string_view::npos;
  auto bits = parse_small(text.substr(slash + 1), is_dotted ? 32 : 128);
  if (!bits)
    return std::nullopt;
  unsigned prefix = *bits + (is_dotted ? v4_prefix_bits : 0U);
  return cidr{masked(*address, prefix), static_cast<std::uint8_t>(prefix)};
}

bool cidr::contains(const ip_address& address) const noexcept {
  // `::/0` is every IPv6 address; whoever writes it does not mean to trust
  // IPv4 as well, only because we hold both in one form.
  if (address.is_v4() && prefix_bits < v4_prefix_bits)
    return false;
  return masked(address, prefix_bits) == masked(network, prefix_bits);
}

std::string cidr::to_string() const {
  unsigned bits = prefix_bits;
  if (network.is_v4() && bits >= v4_prefix_bits)
    bits -= v4_prefix_bits;
  return network.to_string() + '/' + std::to_string(bits);
}

} // namespace signalbox

std::size_t std::hash<signalbox::ip_address>::operator()(
  const signalbox::ip_address& x) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, x.bytes().data(), sizeof(high));
  std::memcpy(&low, x.bytes().data() + sizeof(high), sizeof(low));
  auto seed = signalbox::hash_key();
  return signalbox::mix(signalbox::mix(high ^ seed) + low);
}
