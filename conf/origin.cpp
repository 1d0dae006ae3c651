#include "conf/origin.hpp"

#include <algorithm>
#include <charconv>

#include "conf/address.hpp"

namespace signalbox {

namespace {

constexpr std::uint16_t no_port = 0;

struct origin_parts {
  std::string scheme;
  std::string host;
  std::uint16_t port = no_port;
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_alpha(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lowered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

/// RFC 3986 §3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text[0])
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_alpha(c) || is_digit(c) || c == '+' || c == '-'
                     || c == '.';
            });
}

/// Labels as browsers send them (punycode, so ASCII), none of them empty:
/// `a..b` must not slip through a wildcard. One dot at the end is another name
/// for the same host but another origin, so it is kept.
bool is_host_name(std::string_view text) {
  if (text.ends_with('.'))
    text.remove_suffix(1);
  if (text.empty() || text.size() > 253 || text.ends_with('.'))
    return false;
  char previous = '.';
  for (char c : text) {
    bool is_plain = is_alpha(c) || is_digit(c) || c == '-' || c == '_';
    if (!is_plain && (c != '.' || previous == '.'))
      return false;
    previous = c;
  }
  return true;
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https" || scheme == "wss")
    return 443;
  if (scheme == "http" || scheme == "ws")
    return 80;
  return no_port;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)
      || text[0] == '0')
    return std::nullopt;
  auto end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end)
    return std::nullopt;
  return port;
}

/// Scheme, host and port and nothing else; whatever is left over in the host
/// (user info, a path, a query, a star) is not a host name.
std::optional<origin_parts> split(std::string_view text) {
  auto separator = text.find("://");
  if (separator == std::string_view::npos
      || !is_scheme(text.substr(0, separator)))
    return std::nullopt;
  origin_parts parts;
  parts.scheme = lowered(text.substr(0, separator));
  auto host = text.substr(separator + 3);
  auto colon = host.rfind(':');
  auto bracket = host.rfind(']');
  bool has_port = colon != std::string_view::npos
                  && (bracket == std::string_view::npos || colon > bracket);
  if (has_port) {
    auto port = parse_port(host.substr(colon + 1));
    if (!port)
      return std::nullopt;
    parts.port = *port;
    host = host.substr(0, colon);
  } else {
    parts.port = default_port(parts.scheme);
  }
  if (host.starts_with('[')) {
    // Compared by value: the text of an IPv6 address is not unique.
    auto address = host.ends_with(']') ? ip_address::parse(host) : std::nullopt;
    if (!address)
      return std::nullopt;
    parts.host = '[' + address->to_string() + ']';
    return parts;
  }
  if (!is_host_name(host))
    return std::nullopt;
  parts.host = lowered(host);
  return parts;
}

} // namespace

std::optional<origin_pattern> origin_pattern::parse(std::string_view text) {
  static constexpr std::string_view wildcard = "://*.";
  origin_pattern result;
  result.text_ = text;
  std::string exact{text};
  if (auto star = exact.find(wildcard); star != std::string::npos) {
    result.is_wildcard_ = true;
    exact.erase(star + 3, 2);
  }
  auto parts = split(exact);
  if (!parts || (result.is_wildcard_ && parts->host.starts_with('[')))
    return std::nullopt;
  result.scheme_ = std::move(parts->scheme);
  result.host_ = std::move(parts->host);
  result.port_ = parts->port;
  return result;
}

bool origin_pattern::matches(std::string_view origin) const {
  auto parts = split(origin);
  if (!parts || parts->scheme != scheme_ || parts->port != port_)
    return false;
  if (!is_wildcard_)
    return parts->host == host_;
  // The dot in front of what the star stands for keeps `evilexample.com` out.
  return parts->host.size() > host_.size() + 1 && parts->host.ends_with(host_)
         && parts->host[parts->host.size() - host_.size() - 1] == '.';
}

} // namespace signalbox
