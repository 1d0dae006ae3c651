// Whether the Redis servers can be used: probes, and what is reported of them
// and of failed commands.

#include "backplane/redis_backplane.hpp"

#include "conf/log.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// The key of a probe is there for as long as one may be under way.
constexpr std::string_view probe_ttl_ms = "10000";

// After so many failed probes in a row, of which there is one every 250 ms and
// more, the next sentinel is asked: this one may be cut off from the others.
constexpr std::uint32_t sentinel_patience = 4;

log::limiter failure_log{1000ms};

} // namespace

// -- probes -------------------------------------------------------------------

// In a cluster a key whose slot the server has: its place in the map changes
// with resharding.
void redis_backplane::choose_probe_key(redis_server& server) {
  if (!server.probe_key.empty() && server_of(server.probe_key) == &server)
    return;
  const auto tag = "probe:" + holder_ + ":";
  const auto number =
    is_cluster_ ? slots_.number_for(tag, address_of(server.target)) : 0;
  if (!number)
    return;
  if (!server.probe_key.empty())
    send(server.subscriber, hush_atom_v, server.probe_key);
  server.probe_key = "signalbox:{" + tag + std::to_string(*number) + "}";
  server.is_probe_subscribed = false;
  send(server.subscriber, channel_atom_v, server.probe_key);
}

void redis_backplane::probe(redis_server& server) {
  // Nothing speaks against it until it has something to be asked about.
  if (!has_keys(server)) {
    server.is_healthy = server.is_linked();
    return;
  }
  if (!server.is_linked() || (is_cluster_ && !has_slots_))
    return probe_failed(server);
  choose_probe_key(server);
  auto payload = server.probe.send(home_.turn_start);
  // It would not be heard; the confirmation sends another one, and without one
  // this is late.
  if (!server.is_probe_subscribed)
    return;
  redis_command command;
  command.script = script_id::probe;
  command.keys = 1;
  command.words = {server.probe_key, payload, std::string{probe_ttl_ms},
                   publish_command()};
  run(server, std::move(command),
      [this, id = server.id, payload](const redis_outcome& x) {
        if (auto* server = find_server(id))
          probe_answered(*server, payload, x);
      });
}

void redis_backplane::probe_answered(redis_server& server,
                                     const std::string& payload,
                                     const redis_outcome& outcome) {
  if (outcome.is_answered())
    return server.probe.published();
  // The slot is on its way to another server: what is written goes there, what
  // is published does not yet.
  if (outcome.reply.is_error("ASK")) {
    redis_command command;
    command.words = {publish_command(), server.probe_key, payload};
    return run(server, std::move(command),
               [this, id = server.id, payload](const redis_outcome& x) {
                 if (auto* server = find_server(id))
                   probe_answered(*server, payload, x);
               });
  }
  // It has gone there, which says nothing against this server. The next probe
  // is sent when its channel is confirmed; this one is late if that takes long.
  if (follow(outcome.reply.text, server)
      && !std::exchange(server.is_probe_moved, true))
    return choose_probe_key(server);
  if (server.probe.failed())
    probe_failed(server);
}

void redis_backplane::probe_failed(redis_server& server) {
  server.probe.skip(home_.turn_start);
  if (!has_keys(server))
    return;
  set_health(server, false);
  report(backplane_event::failure);
  if (sentinel_watch_ && ++server.failed_probes % sentinel_patience == 0)
    send(sentinel_watch_, renew_atom_v);
}

void redis_backplane::probe_heard(redis_server& server,
                                  std::string_view payload) {
  const auto took = server.probe.heard(payload, home::clock::now());
  if (!took)
    return;
  server.is_probe_moved = false;
  server.failed_probes = 0;
  home_.figures.redis_delivery.observe(*took);
  home_.figures.redis_lag_ns.set(static_cast<std::uint64_t>(took->count()));
  note_heard();
  if (!server.is_healthy) {
    set_health(server, true);
    // The circuit's trial is another probe.
    report(backplane_event::returned);
  } else if (is_up_
             && (std::exchange(has_failed_, false)
                 || home_.node.is_circuit_open)) {
    report(backplane_event::success);
  }
}

void redis_backplane::note_heard() {
  const std::chrono::nanoseconds now = home_.turn_start.time_since_epoch();
  home_.figures.redis_heard_ns.set(static_cast<std::uint64_t>(now.count()));
}

void redis_backplane::set_health(redis_server& server, bool is_healthy) {
  if (std::exchange(server.is_healthy, is_healthy) == is_healthy)
    return;
  for (auto& [key, room] : rooms_)
    if (room->server == &server)
      tell_remote(*room);
  tell_health();
}

void redis_backplane::check_probes() {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    auto& x = *servers_[i];
    if (x.is_linked() && !x.is_tracking && x.wants_tracking)
      track(x);
    if (x.probe.is_late(home_.turn_start)) {
      probe_failed(x);
      if (x.probe.is_deaf())
        send(x.subscriber, renew_atom_v);
    } else if (x.probe.is_due(home_.turn_start)) {
      probe(x);
    }
  }
}

// -- reports ------------------------------------------------------------------

void redis_backplane::tell_health() {
  const auto is_up = (!is_cluster_ || has_slots_)
                     && std::all_of(servers_.begin(), servers_.end(),
                                    [this](const auto& x) {
                                      return x->is_healthy || !has_keys(*x);
                                    });
  if (std::exchange(is_up_, is_up) != is_up)
    send(home_.supervisor, health_atom_v, home_.shard, is_up);
}

void redis_backplane::report(backplane_event event) {
  if (event == backplane_event::failure)
    has_failed_ = true;
  if (home_.supervisor)
    send(home_.supervisor, health_atom_v, event);
}

void redis_backplane::report_failure(std::string_view what,
                                     const redis_outcome& outcome) {
  if (auto line = failure_log.try_acquire(home_.turn_start); line.is_granted)
    log::warn("backplane", "a Redis command failed",
              {{"command", what},
               {"reason", outcome.type == redis_outcome::kind::answered
                            ? std::string_view{outcome.reply.text}
                            : "no reply in time"},
               {"suppressed_lines", line.suppressed}});
  report(backplane_event::failure);
}

} // namespace signalbox
