// The decision about one HTTP request: which route it means, and for a
// WebSocket upgrade whether, as whom and in which dialect it becomes a session.
// Pure: no socket, no clock, nothing remembered. The views are only read.
// Source: RFC 9112 §3.2 (request targets), RFC 6455 §4.1, §4.2.2 and §11.3.4
// (subprotocols), RFC 6454 §7 (Origin); X-Forwarded-For and -Proto as proxies
// write them.

#pragma once

#include "conf/address.hpp"
#include "conf/options.hpp"
#include "schema/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox {

enum class route : std::uint8_t {
  healthz,
  readyz,
  metrics,
  /// `/admin` and all below.
  admin,
  /// `/call/` and all below: the demo page, which only development offers.
  call_page,
  upgrade,
  /// 426 `Upgrade Required`.
  none,
};

/// The path of a request target, without `http://host` and query.
std::string_view path_of(std::string_view target) noexcept;

/// The query of a request target, without its `?`; empty if there is none.
std::string_view query_of(std::string_view target) noexcept;

/// The host, and port, of a request target in absolute form; else empty.
std::string_view authority_of(std::string_view target) noexcept;

/// A query never changes the route, nor does `http://host` before the path. A
/// WebSocket upgrade on the path of an endpoint is a request to that endpoint.
/// The admin endpoint judges methods itself.
route route_of(std::string_view method, std::string_view target,
               bool is_upgrade) noexcept;

/// What of a request matters. A header given several times is joined by ", ";
/// one that is missing is empty.
struct request_view {
  std::string_view target;
  std::string_view origin;
  std::string_view subprotocols;
  std::string_view authorization;
  std::string_view x_forwarded_for;
  std::string_view x_forwarded_proto;
  bool has_origin = false;
  /// The other end of the socket, or what the PROXY header of a trusted proxy
  /// says.
  ip_address peer;
  /// TLS here, or with a proxy whose PROXY header says so.
  bool is_tls = false;
};

/// Whether `address` is in TRUSTED_PROXIES.
bool is_trusted_proxy(const ip_address& address,
                      const options& settings) noexcept;

/// Whose limits a request counts against: the peer, or what trusted proxies say
/// is behind them. An untrusted peer's headers count for nothing.
ip_address client_of(const request_view& request, const options& settings);

struct upgrade_decision {
  /// `none`, or why the session is closed right after the upgrade.
  ec refusal = ec::none;
  /// Also of a refused session: its close code depends on it.
  dialect session_dialect = dialect::base;
  /// Empty if refused.
  std::string room_id;
  /// The one offered name to echo, for a refused session too; empty = none.
  std::string subprotocol;
  ip_address client;
  /// What was shown to be let in; empty if nothing was, if refused, and without
  /// ENABLE_AUTH. The first there is of: the query's `token`, `Authorization:
  /// Bearer`, an offered subprotocol `bearer.TOKEN`.
  std::string token;
};

/// Judges an upgrade in this order, and names the first thing that is wrong:
/// transport (`wss_required`), page (`origin_not_allowed`), language
/// (`subprotocol_required`, `dialect_not_supported`), room
/// (`invalid_room_id`). So a foreign page learns nothing but that it is
/// foreign. Draining, limits by address and the token are the caller's.
upgrade_decision decide_upgrade(const request_view& request,
                                const options& settings);

} // namespace signalbox
