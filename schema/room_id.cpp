#include "schema/room_id.hpp"

#include <algorithm>

namespace signalbox {

namespace {

/// Locale-free, unlike std::isalnum.
constexpr bool is_room_id_byte(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '.'
         || c == '-';
}

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Nothing if a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  // Mostly there is nothing to decode.
  if (text.find('%') == std::string_view::npos)
    return std::string{text};
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3)
      return std::nullopt;
    auto high = hex_value(text[i + 1]);
    auto low = hex_value(text[i + 2]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

} // namespace

bool is_room_id(std::string_view id, std::size_t length_max) noexcept {
  return !id.empty() && id.size() <= length_max
         && std::all_of(id.begin(), id.end(), is_room_id_byte);
}

std::optional<std::string> query_parameter(std::string_view query,
                                           std::string_view name) {
  while (!query.empty()) {
    auto parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    auto equals = parameter.find('=');
    // A name with broken escapes is no name we could be asked for.
    if (percent_decoded(parameter.substr(0, equals)) != name)
      continue;
    if (equals == std::string_view::npos)
      return std::string{};
    // The first one decides, even if it is broken: a client must not have two
    // values of which we and a proxy in front see different ones.
    return percent_decoded(parameter.substr(equals + 1));
  }
  return std::nullopt;
}

} // namespace signalbox
