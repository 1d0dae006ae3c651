// The PROXY header: what a proxy sends in front of a connection's own bytes to
// say where they come from. Versions 1 and 2. Pure: no socket, no clock, no
// allocation; nothing is believed here, that is for whoever knows the proxy.
// Source: The PROXY protocol, haproxy.org, doc/proxy-protocol.txt (§2.1, §2.2).

#pragma once

#include "conf/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox {

/// No header is longer, in either version.
inline constexpr std::size_t proxy_header_bytes_max = 4096;

struct proxy_header {
  /// How many bytes it took, at the front.
  std::size_t size = 0;
  /// Where the connection comes from. None if the proxy speaks for itself
  /// (LOCAL), does not know, or means no TCP over IP: then it is the peer.
  std::optional<ip_address> source;
  /// The client came to the proxy by TLS (PP2_CLIENT_SSL).
  bool is_tls = false;

  friend bool operator==(const proxy_header&, const proxy_header&) = default;
};

struct proxy_reading {
  enum class outcome : std::uint8_t {
    found,
    /// The beginning of one: more has to come. Never with more bytes than
    /// `proxy_header_bytes_max`.
    incomplete,
    /// None, and will never be.
    invalid,
  };

  outcome what = outcome::invalid;
  /// If found.
  proxy_header header;

  friend bool operator==(const proxy_reading&, const proxy_reading&) = default;
};

/// Reads the header at the front of `input`. Strict: of two proxies that see
/// different things in it, one could be told lies.
proxy_reading read_proxy_header(std::string_view input) noexcept;

} // namespace signalbox
