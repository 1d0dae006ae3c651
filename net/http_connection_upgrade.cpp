// A connection's request for a WebSocket upgrade, up to the gateway that makes
// a session of it.

#include "conf/log.hpp"
#include "net/http_connection.hpp"
#include "net/upgrade.hpp"

namespace signalbox {

namespace {

log::limiter refusal_log{std::chrono::milliseconds{1000}};

} // namespace

void http_connection::begin_upgrade(http_request request) {
  if (const auto error = upgrade_error(request))
    return refuse(*error);
  auto place = connection_place::try_take(owner_.at().node);
  if (!place)
    return refuse({.status = 503,
                   .body = "Service Unavailable: MAX_CONNECTIONS is reached",
                   .headers = "Retry-After: 5\r\n"});
  pass_on(std::move(request), std::move(place));
}

void http_connection::pass_on(http_request request, connection_place place) {
  auto& at = owner_.at();
  at.figures.count_handshake(handshake_outcome::upgraded);
  joined_headers joined;
  auto view = upgrade_view(request, joined);
  view.peer = preface_.peer();
  if (preface_.is_source_withheld())
    view.x_forwarded_for = view.x_forwarded_proto = {};
  view.is_tls = socket_.is_tls() || preface_.is_tls_with_proxy();
  auto decision = decide_upgrade(view, at.settings);
  // Cheap refusals of the whole node come before what the request says.
  auto [limit, lease, is_blocked] = at.node.addresses.admit(decision.client,
                                                            at.now_seconds());
  if (is_blocked)
    at.figures.auth_block_refusals.add();
  if (limit == ec::none && at.node.is_clustered && at.backplane)
    caf::anon_send(at.backplane, admitted_atom_v, decision.client);
  if (at.node.is_draining)
    decision.refusal = ec::draining;
  else if (limit != ec::none)
    decision.refusal = limit;
  if (decision.refusal != ec::none)
    if (auto line = refusal_log.try_acquire(at.turn_start); line.is_granted)
      log::info("net", "session refused",
                {{"reason", name_of(decision.refusal)},
                 {"client", decision.client.to_string()},
                 {"suppressed_lines", line.suppressed}});
  newcomer who{.socket = std::move(socket_)};
  who.request = std::make_unique<http_request>(std::move(request));
  who.early = reader_.take_rest();
  who.subprotocol = std::move(decision.subprotocol);
  who.start.room = std::move(decision.room_id);
  who.start.talks = decision.session_dialect;
  who.start.refusal = decision.refusal;
  who.start.client = decision.client;
  who.start.lease = std::move(lease);
  who.start.place = std::move(place);
  if (at.tokens)
    who.start.pass = std::make_unique<session_pass>(std::move(decision.token));
  leave();
  owner_.pass_on(std::move(who));
}

} // namespace signalbox
