// A connection's request for a WebSocket upgrade, up to the gateway that makes
// a session of it.

#include "conf/log.hpp"
#include "net/http_connection.hpp"
#include "net/upgrade.hpp"

namespace signalbox {

namespace {

log::limiter refusal_log{std::chrono::milliseconds{1000}};

} // namespace

void http_connection::begin_upgrade(const request_reader::request& request) {
  if (const auto error = upgrade_error(request))
    return refuse(*error);
  auto& at = owner_.at();
  if (at.node.is_full())
    return refuse_for_now("MAX_CONNECTIONS is reached");
  auto who = judge_upgrade(request.header);
  who.place = who.refusal == ec::none
                ? connection_place::try_take(at.node)
                : connection_place::try_take_refused(at.node);
  // Who is to be refused is told why without a place too, as a browser cannot
  // read a status: its session ends as soon as it has begun.
  if (!who.place && who.refusal == ec::none)
    return refuse_for_now("MAX_CONNECTIONS is reached");
  at.figures.count_handshake(handshake_outcome::upgraded);
  if (at.node.is_clustered && at.backplane && who.lease)
    caf::anon_send(at.backplane, admitted_atom_v, who.client);
  auto answer = upgrade_bytes(request.upgrade.key, who.subprotocol);
  pass_on(std::move(answer), std::move(who));
}

void http_connection::refuse_for_now(std::string_view why) {
  refuse({.status = 503,
          .body = "Service Unavailable: " + std::string{why},
          .headers = "Retry-After: 5\r\n"});
}

// Who it is, and whether there is a reason to refuse it.
http_connection::judged_upgrade
http_connection::judge_upgrade(const http_request& request) {
  auto& at = owner_.at();
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
  judged_upgrade result{std::move(decision)};
  result.lease = std::move(lease);
  return result;
}

void http_connection::pass_on(std::string answer, judged_upgrade judged) {
  newcomer who{.socket = std::move(socket_)};
  who.answer = std::move(answer);
  who.early = reader_.take_rest();
  who.start.room = std::move(judged.room_id);
  who.start.talks = judged.session_dialect;
  who.start.refusal = judged.refusal;
  who.start.client = judged.client;
  who.start.lease = std::move(judged.lease);
  who.start.place = std::move(judged.place);
  if (owner_.at().tokens)
    who.start.pass = std::make_unique<session_pass>(std::move(judged.token));
  leave();
  owner_.pass_on(std::move(who));
}

} // namespace signalbox
