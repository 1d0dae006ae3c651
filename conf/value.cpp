#include "conf/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace signalbox {

namespace {

/// In the order of the enumerators.
constexpr std::array<std::string_view, 13> algorithm_names{
  "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
  "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
static_assert(algorithm_names.size()
              == std::size_t(signature_algorithm::eddsa) + 1);

constexpr std::size_t shown_bytes_max = 200;
constexpr std::string_view mask = "****";
constexpr std::uint64_t port_max = 65535;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_in_any_case(std::string_view x, std::string_view y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

void append_printable(std::string& out, char c) {
  if (c == ' ' || is_visible(c)) {
    out += c;
    return;
  }
  char buffer[5];
  std::snprintf(buffer, sizeof(buffer), "\\x%02x",
                static_cast<unsigned>(static_cast<unsigned char>(c)));
  out += buffer;
}

/// How many bytes the letter at the front of `text` takes; 0 if none is there.
std::size_t utf8_letter_size(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  // The second byte's range depends on the first: Unicode 15, table 3-7.
  auto min = first == 0xe0 ? 0xa0u : first == 0xf0 ? 0x90u : 0x80u;
  auto max = first == 0xed ? 0x9fu : first == 0xf4 ? 0x8fu : 0xbfu;
  std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size == 0 || first > 0xf4 || byte(1) < min || byte(1) > max)
    return 0;
  for (std::size_t i = 2; i < size; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf)
      return 0;
  return size;
}

} // namespace

// -- numbers and words --------------------------------------------------------

std::optional<std::uint64_t> read_integer(std::string_view text) noexcept {
  if (text.size() > 1 && text[0] == '0')
    return std::nullopt;
  std::uint64_t value = 0;
  auto end = text.data() + text.size();
  // from_chars takes no space and no `+`; `-` not for unsigned types either.
  auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || rest != end)
    return std::nullopt;
  return value;
}

bool is_port(std::string_view text) noexcept {
  const auto value = read_integer(text);
  return value && *value <= port_max;
}

std::optional<bool> read_boolean(std::string_view text) noexcept {
  for (std::string_view word : {"true", "1", "yes", "on"})
    if (equals_in_any_case(text, word))
      return true;
  for (std::string_view word : {"false", "0", "no", "off"})
    if (equals_in_any_case(text, word))
      return false;
  return std::nullopt;
}

std::optional<environment> read_environment(std::string_view text) noexcept {
  // In no other case: what the reference takes for production and what we do
  // must be the same.
  for (auto value :
       {environment::development, environment::production, environment::test})
    if (text == name_of(value))
      return value;
  return std::nullopt;
}

std::string_view name_of(environment value) noexcept {
  switch (value) {
    case environment::development:
      return "development";
    case environment::production:
      return "production";
    case environment::test:
      return "test";
  }
  return "development";
}

std::optional<log_level> read_log_level(std::string_view text) noexcept {
  for (auto value : {log_level::trace, log_level::debug, log_level::info,
                     log_level::warn, log_level::error, log_level::off})
    if (equals_in_any_case(text, name_of(value)))
      return value;
  if (equals_in_any_case(text, "fatal"))
    return log_level::error;
  if (equals_in_any_case(text, "silent"))
    return log_level::off;
  return std::nullopt;
}

std::string_view name_of(log_level value) noexcept {
  switch (value) {
    case log_level::trace:
      return "trace";
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warn:
      return "warn";
    case log_level::error:
      return "error";
    case log_level::off:
      return "off";
  }
  return "off";
}

// -- lists --------------------------------------------------------------------

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> entries;
  while (true) {
    auto comma = text.find(',');
    auto entry = text.substr(0, comma);
    while (!entry.empty() && is_blank(entry.front()))
      entry.remove_prefix(1);
    while (!entry.empty() && is_blank(entry.back()))
      entry.remove_suffix(1);
    if (!entry.empty())
      entries.emplace_back(entry);
    if (comma == std::string_view::npos)
      return entries;
    text.remove_prefix(comma + 1);
  }
}

std::string join_list(const std::vector<std::string>& entries) {
  std::string result;
  for (const auto& entry : entries) {
    if (!result.empty())
      result += ',';
    result += entry;
  }
  return result;
}

std::string lowered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

// -- what may stand where -----------------------------------------------------

std::optional<signature_algorithm>
read_signature_algorithm(std::string_view text) noexcept {
  const auto found = std::find(algorithm_names.begin(), algorithm_names.end(),
                               text);
  if (found == algorithm_names.end())
    return std::nullopt;
  return signature_algorithm(found - algorithm_names.begin());
}

std::string_view name_of(signature_algorithm value) noexcept {
  return algorithm_names[std::size_t(value)];
}

std::string signature_algorithm_names() {
  std::string result{algorithm_names.front()};
  for (std::size_t i = 1; i + 1 < algorithm_names.size(); ++i)
    result.append(", ").append(algorithm_names[i]);
  return result.append(" and ").append(algorithm_names.back());
}

bool is_sendable_close_code(std::uint64_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

bool is_letter_or_digit(char c) noexcept {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

bool is_token_character(char c) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_subprotocol(std::string_view text) noexcept {
  return is_token(text) && !text.starts_with("bearer.");
}

bool is_header_word(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_visible);
}

// -- for messages -------------------------------------------------------------

std::string mask_url(std::string_view text) {
  auto scheme = text.find("://");
  auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string result{text};
  // The last `@`: passwords that hold one unescaped are no rarity.
  if (auto at = result.rfind('@'); at != std::string::npos && at > begin) {
    auto colon = result.find(':', begin);
    auto from = scheme != std::string_view::npos && colon < at ? colon + 1
                                                               : begin;
    result.replace(from, at - from, mask);
  } else if (begin != 0 && text.substr(begin).starts_with(':')) {
    // No host and no port: more likely a password whose `@` was forgotten.
    auto end = std::min(text.find_first_of("/?#", begin), text.size());
    if (!is_port(text.substr(begin + 1, end - begin - 1)))
      result.replace(begin + 1, end - begin - 1, mask);
  }
  constexpr std::string_view key = "password=";
  for (auto at = lowered(result).find(key); at != std::string::npos;
       at = lowered(result).find(key, at + key.size())) {
    auto from = at + key.size();
    result.replace(from, std::min(result.find('&', from), result.size()) - from,
                   mask);
  }
  // What stands in a query or a fragment may be a key, but for Redis, where it
  // has a name, and is the database.
  const auto start = lowered(text.substr(0, 5));
  if (const auto rest = result.find_first_of("?#", begin);
      rest != std::string::npos && start != "redis" && start != "unix:")
    result.replace(rest + 1, std::string::npos, mask);
  return result;
}

std::string place_in(std::string_view path, std::size_t line) {
  return shown(path) + ':' + std::to_string(line);
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    auto size = utf8_letter_size(text);
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result;
  for (char c : text)
    append_printable(result, c);
  return result;
}

std::string shown(std::string_view text) {
  bool is_cut = text.size() > shown_bytes_max;
  text = text.substr(0, shown_bytes_max);
  if (!text.empty() && !is_cut
      && std::all_of(text.begin(), text.end(), is_visible))
    return std::string{text};
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    append_printable(result, c);
  }
  return result + (is_cut ? "...\"" : "\"");
}

} // namespace signalbox
