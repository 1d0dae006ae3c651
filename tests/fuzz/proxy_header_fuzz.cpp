// What a proxy sends first, as a PROXY header: what is found in a beginning is
// found in the whole, what is found is bounded and says what a slow reading
// says, and what is incomplete becomes one thing or the other soon enough.

#include "net/proxy_header.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace signalbox;
using signalbox::fuzz::hold;
using outcome = proxy_reading::outcome;

namespace {

// A copy of the exact size: reading past its end is seen by a sanitizer.
proxy_reading read(std::string_view input) {
  const std::vector<char> copy(input.begin(), input.end());
  return read_proxy_header({copy.data(), copy.size()});
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> result{""};
  for (const auto c : line)
    if (c == ' ')
      result.emplace_back();
    else
      result.back() += c;
  return result;
}

bool is_port(const std::string& text) {
  if (text.empty() || text.size() > 5
      || text.find_first_not_of("0123456789") != std::string::npos)
    return false;
  const auto number = std::stoul(text);
  return number <= 65535 && std::to_string(number) == text;
}

bool is_of_family(const std::string& text, bool is_v6) {
  return ip_address::parse(text) && text[0] != '['
         && (text.find(':') != std::string::npos) == is_v6;
}

/// The line without its end, word for word.
void hold_line(std::string_view line, const proxy_header& header) {
  hold(!header.is_tls, "version 1 says nothing of TLS");
  const auto words = words_of(line);
  hold(words.size() > 1 && words[0] == "PROXY", "it says what it is");
  if (words[1] == "UNKNOWN") {
    hold(!header.source, "what is not known has no source");
    return;
  }
  hold(words.size() == 6 && (words[1] == "TCP4" || words[1] == "TCP6"),
       "six words");
  const auto is_v6 = words[1] == "TCP6";
  hold(is_of_family(words[2], is_v6) && is_of_family(words[3], is_v6),
       "two addresses of its family");
  hold(is_port(words[4]) && is_port(words[5]), "two ports");
  hold(header.source == ip_address::parse(words[2]), "the first is the source");
}

void hold_found(std::string_view input, const proxy_header& header) {
  hold(header.size > 0 && header.size <= input.size(), "it was there");
  hold(header.size <= proxy_header_bytes_max, "it is bounded");
  const auto own = input.substr(0, header.size);
  if (own[0] != 'P')
    return hold(own.size() >= 16, "version 2 has 16 bytes at least");
  hold(own.size() <= 107 && own.ends_with("\r\n"), "a line, of 107 bytes");
  hold_line(own.substr(0, own.size() - 2), header);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  const auto whole = read(input);
  if (whole.what == outcome::incomplete)
    hold(size < proxy_header_bytes_max, "what is incomplete is bounded");
  if (whole.what == outcome::found)
    hold_found(input, whole.header);
  // Beginnings: incomplete at first, then as the whole for good.
  auto has_been_decided = false;
  const auto few = std::min(size, proxy_header_bytes_max + 1);
  for (std::size_t i = 0; i <= few; i += i < 300 ? 1 : 61) {
    const auto part = read(input.substr(0, i));
    if (part.what == outcome::incomplete) {
      hold(!has_been_decided, "what was decided stays so");
      continue;
    }
    has_been_decided = true;
    hold(part == whole, "more bytes change nothing");
  }
  return 0;
}
