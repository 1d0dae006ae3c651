#include "net/upgrade.hpp"

#include "conf/value.hpp"
#include "schema/room_id.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace signalbox {

namespace {

constexpr std::string_view v1_subprotocol = "signalbox.v1";
constexpr std::string_view bearer_prefix = "bearer.";

// -- text ---------------------------------------------------------------------

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes the first element off a header's list (RFC 9110 §5.6.1).
std::string_view take_first(std::string_view& list) noexcept {
  const auto comma = std::min(list.find(','), list.size());
  const auto element = trim(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

/// The same from the other end.
std::string_view take_last(std::string_view& list) noexcept {
  const auto comma = list.rfind(',');
  const auto is_only = comma == std::string_view::npos;
  const auto element = trim(is_only ? list : list.substr(comma + 1));
  list = is_only ? std::string_view{} : list.substr(0, comma);
  return element;
}

// -- request target -----------------------------------------------------------

struct target_parts {
  /// Of the absolute form.
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

target_parts split(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  auto rest = target;
  std::string_view authority;
  if (!rest.starts_with('/')) {
    // The absolute form; the host in it is not ours to judge.
    const auto scheme_end = rest.find("://");
    const auto query_start = rest.find('?');
    if (scheme_end != std::string_view::npos && scheme_end < query_start) {
      rest.remove_prefix(scheme_end + 3);
      authority = rest.substr(0, rest.find_first_of("/?"));
      rest.remove_prefix(authority.size());
    }
  }
  const auto question = rest.find('?');
  if (question == std::string_view::npos)
    return {authority, rest, {}};
  return {authority, rest.substr(0, question), rest.substr(question + 1)};
}

// -- proxies ------------------------------------------------------------------

/// `ip`, `ip:port` or `[v6]:port`.
std::optional<ip_address> parse_hop(std::string_view text) noexcept {
  if (auto address = ip_address::parse(text))
    return address;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1)))
    return std::nullopt;
  const auto host = text.substr(0, colon);
  // Bare IPv6 before a port would be a guess.
  if (!host.starts_with('[') && host.find(':') != std::string_view::npos)
    return std::nullopt;
  return ip_address::parse(host);
}

// The last element is the word of the proxy next to us, also if it is empty:
// what stands left of it may be anybody's invention.
bool is_secure(const request_view& request, const options& settings) {
  if (request.is_tls)
    return true;
  if (!is_trusted_proxy(request.peer, settings))
    return false;
  auto list = request.x_forwarded_proto;
  const auto proto = lowered(take_last(list));
  return proto == "https" || proto == "wss";
}

// -- page and language --------------------------------------------------------

bool is_origin_allowed(const request_view& request, const options& settings) {
  const auto& allowed = settings.allowed_origins;
  return allowed.empty() || !request.has_origin
         || std::any_of(allowed.begin(), allowed.end(),
                        [&](const origin_pattern& pattern) {
                          return pattern.matches(request.origin);
                        });
}

struct subprotocol_choice {
  std::string_view name;
  bool is_acceptable = true;
};

/// Tokens for authorisation are never chosen; what is no token at all cannot be
/// echoed and is passed over.
subprotocol_choice choose_subprotocol(std::string_view offered,
                                      std::string_view configured) noexcept {
  std::string_view first;
  bool has_v1 = false;
  while (!offered.empty()) {
    const auto name = take_first(offered);
    if (!is_token(name) || name.starts_with(bearer_prefix))
      continue;
    if (name == configured)
      return {name, true};
    if (first.empty())
      first = name;
    has_v1 |= name == v1_subprotocol;
  }
  if (has_v1)
    return {v1_subprotocol, true};
  return {first, configured.empty()};
}

ec refusal_of(const request_view& request, const options& settings,
              const subprotocol_choice& choice) {
  if (settings.require_wss && !is_secure(request, settings))
    return ec::wss_required;
  if (!is_origin_allowed(request, settings))
    return ec::origin_not_allowed;
  if (!choice.is_acceptable)
    return ec::subprotocol_required;
  if (choice.name == v1_subprotocol)
    return ec::dialect_not_supported;
  return ec::none;
}

// -- token --------------------------------------------------------------------

/// What follows the scheme (RFC 6750 §2.1), which may be in any case.
std::string_view bearer_of(std::string_view authorization) noexcept {
  constexpr std::string_view scheme = "bearer ";
  const auto text = trim(authorization);
  if (text.size() <= scheme.size()
      || lowered(text.substr(0, scheme.size())) != scheme)
    return {};
  return trim(text.substr(scheme.size()));
}

/// A browser's WebSocket can set no header but this.
std::string_view offered_token(std::string_view subprotocols) noexcept {
  while (!subprotocols.empty())
    if (const auto name = take_first(subprotocols);
        name.starts_with(bearer_prefix))
      return name.substr(bearer_prefix.size());
  return {};
}

std::string token_of(const request_view& request) {
  auto token = query_parameter(split(request.target).query, "token");
  if (token && !token->empty())
    return std::move(*token);
  const auto bearer = bearer_of(request.authorization);
  return std::string{bearer.empty() ? offered_token(request.subprotocols)
                                    : bearer};
}

} // namespace

bool is_trusted_proxy(const ip_address& address,
                      const options& settings) noexcept {
  return std::any_of(settings.trusted_proxies.begin(),
                     settings.trusted_proxies.end(), [&](const cidr& range) {
                       return range.contains(address);
                     });
}

std::string_view path_of(std::string_view target) noexcept {
  return split(target).path;
}

std::string_view query_of(std::string_view target) noexcept {
  return split(target).query;
}

std::string_view authority_of(std::string_view target) noexcept {
  return split(target).authority;
}

route route_of(std::string_view method, std::string_view target,
               bool is_upgrade) noexcept {
  const auto path = split(target).path;
  if (path == "/admin" || path.starts_with("/admin/"))
    return route::admin;
  const auto is_get = method == "GET";
  if (!is_get && method != "HEAD")
    return route::none;
  if (path == "/healthz")
    return route::healthz;
  if (path == "/readyz")
    return route::readyz;
  if (path == "/metrics")
    return route::metrics;
  if (is_upgrade)
    return is_get ? route::upgrade : route::none;
  if (path.starts_with("/call/"))
    return route::call_page;
  return route::none;
}

ip_address client_of(const request_view& request, const options& settings) {
  auto client = request.peer;
  auto hops = request.x_forwarded_for;
  // Each proxy adds its peer at the right: what stands left of the first
  // address that is not a proxy of ours may be anybody's invention. So may what
  // stands left of an element that is empty or no address.
  while (!hops.empty() && is_trusted_proxy(client, settings)) {
    const auto hop = parse_hop(take_last(hops));
    if (!hop)
      break;
    client = *hop;
  }
  return client;
}

upgrade_decision decide_upgrade(const request_view& request,
                                const options& settings) {
  const auto choice = choose_subprotocol(request.subprotocols,
                                         settings.subprotocol);
  upgrade_decision decision;
  decision.client = client_of(request, settings);
  decision.subprotocol = choice.name;
  if (choice.name == v1_subprotocol)
    decision.session_dialect = dialect::v1;
  decision.refusal = refusal_of(request, settings, choice);
  if (decision.refusal != ec::none)
    return decision;
  auto room = query_parameter(split(request.target).query, "roomId");
  if (!room || !is_room_id(*room, settings.room_id_max_length)) {
    decision.refusal = ec::invalid_room_id;
    return decision;
  }
  decision.room_id = std::move(*room);
  if (settings.enable_auth)
    decision.token = token_of(request);
  return decision;
}

} // namespace signalbox
