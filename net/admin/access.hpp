// Who may use the admin endpoint. With ADMIN_TOKEN: whoever shows it, from
// wherever; a browser never adds it by itself, so no page can borrow it.
// Without one: an operator on the node's own machine, and nobody whose request
// may have come through a proxy, from another site's page, or under a name that
// somebody else may point at this machine (DNS rebinding). Pure. Source: RFC
// 6750 §2.1 and §3, RFC 6454 §7, W3C Fetch Metadata.

#pragma once

#include "conf/address.hpp"
#include "conf/options.hpp"
#include "net/http_answer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox {

/// What of a request decides. A header given several times is joined by ", ".
struct admin_visit {
  /// Empty if there is none.
  std::string_view authorization;
  /// Likewise.
  std::string_view host;
  /// Of a target in absolute form; else empty (RFC 9112 §3.2.2).
  std::string_view target_host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> fetch_site;
  /// One of Forwarded, X-Forwarded-*, Via and X-Real-IP is there.
  bool has_proxy_header = false;
  /// The connection began with a PROXY header.
  bool is_behind_proxy = false;
  ip_address peer;
};

enum class admin_door : std::uint8_t {
  /// What the node shows and does: needs the token, if there is one.
  inside,
  /// The page's files and the API's description: they hold nothing of the node,
  /// and the page asks for the token.
  outside,
};

/// 401 or 403, with the reason; nothing if the visitor is admitted.
std::optional<http_answer> admin_refusal(const admin_visit& visit,
                                         admin_door door,
                                         const options& settings);

/// Whether a Host header names this machine, whatever a resolver may say:
/// `localhost`, an address in 127.0.0.0/8, `[::1]`; with a port or without.
bool is_loopback_host(std::string_view host);

/// Whether the header of this name is one that proxies add.
bool is_proxy_header(std::string_view name);

/// Compares without telling by its time where texts differ, or how long they
/// are.
bool is_same_secret(std::string_view a, std::string_view b);

} // namespace signalbox
