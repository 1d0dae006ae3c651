// Web origins (RFC 6454) and the patterns that allow them. An origin is scheme,
// host and port: the same host with another scheme or port is another origin.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// One entry of ALLOWED_ORIGINS: `https://example.com`, `http://localhost:3000`
/// or `https://*.example.com` (any number of labels in place of the star, at
/// least one; never the bare `example.com`).
class origin_pattern {
public:
  /// Nothing if `text` has no scheme, a path, user info, or a star elsewhere.
  static std::optional<origin_pattern> parse(std::string_view text);

  /// Whether the `Origin` header `origin` is allowed; scheme and host compare
  /// without case, a missing port is the scheme's default one. `null` and
  /// anything that is not an origin never match.
  bool matches(std::string_view origin) const;

  /// As it was written.
  const std::string& text() const noexcept { return text_; }

private:
  std::string text_;
  std::string scheme_;
  std::string host_;
  std::uint16_t port_ = 0;
  bool is_wildcard_ = false;
};

} // namespace signalbox
