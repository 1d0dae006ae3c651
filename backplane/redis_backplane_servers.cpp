// Which Redis servers there are, and which has what.

#include "backplane/redis_backplane.hpp"

#include "backplane/redis_commands.hpp"
#include "backplane/redis_subscriber.hpp"
#include "conf/log.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// How often the map of slots is asked for when something suggests that it has
// changed, and when nothing does.
constexpr auto slots_hurry = 200ms;
constexpr auto slots_period = 5000ms;

// How long a server without slots stays that commands were sent on to: a slot
// that it takes over may be long on its way.
constexpr auto redirect_grace = 10s;

// So many slots that have moved are followed at once, until the map is read.
constexpr std::size_t moved_max = 16;

void untracked(std::string_view why) {
  log::warn("backplane", "no CLIENT TRACKING: every message is published",
            {{"reason", why}});
}

} // namespace

// -- which there are ----------------------------------------------------------

void redis_backplane::start_servers() {
  switch (url_.kind) {
    case redis_url::topology::single:
    case redis_url::topology::cluster:
      // Of a cluster any node will do to begin with.
      for (const auto& x : url_.hosts)
        add_server({x.host, x.port, url_.is_tls});
      break;
    case redis_url::topology::sentinel: {
      // Where it is, the sentinels say.
      add_server({});
      sentinel_watch_ = spawn_at<redis_sentinels>(system(), home_, url_,
                                                  self_handle());
      link_to(sentinel_watch_);
      break;
    }
  }
}

redis_server& redis_backplane::add_server(const wire_target& target) {
  auto& result = *servers_.emplace_back(std::make_unique<redis_server>());
  result.id = server_id{++servers_made_};
  result.commands = spawn_at<redis_commands>(system(), home_, result.id, login_,
                                             self_handle());
  result.subscriber = spawn_at<redis_subscriber>(
    system(), home_, result.id, login_, is_cluster_, self_handle());
  // If one fails, this actor does, and is started again with new ones.
  link_to(result.commands);
  link_to(result.subscriber);
  if (!target.host.empty())
    aim(result, target);
  return result;
}

void redis_backplane::remove_server(redis_server& server) {
  unlink_from(server.commands);
  unlink_from(server.subscriber);
  send_exit(server.commands, caf::exit_reason::user_shutdown);
  send_exit(server.subscriber, caf::exit_reason::user_shutdown);
  for (auto& [key, room] : rooms_)
    if (room->server == &server) {
      room->server = nullptr;
      room->subscribed = redis_room::subscription::none;
      room->needs_reconcile = true;
      room->forget_others();
    }
  std::erase_if(servers_,
                [&server](const auto& x) { return x.get() == &server; });
}

redis_server* redis_backplane::find_server(server_id id) noexcept {
  for (auto& x : servers_)
    if (x->id == id)
      return x.get();
  return nullptr;
}

redis_server* redis_backplane::server_at(const wire_target& target) {
  for (auto& x : servers_)
    if (x->target == target)
      return x.get();
  return &add_server(target);
}

redis_server* redis_backplane::server_of(std::string_view key) noexcept {
  if (!is_cluster_)
    return servers_.front().get();
  const auto address = slots_.of(slot_of(key));
  if (!address)
    return nullptr;
  for (auto& x : servers_)
    if (address_of(x->target) == *address)
      return x.get();
  return nullptr;
}

// One that has no slots (a slot is on its way to it, or it has given all away)
// is nothing to depend on.
bool redis_backplane::has_keys(const redis_server& server) const noexcept {
  return !is_cluster_ || !has_slots_
         || slots_.has_slots(address_of(server.target));
}

void redis_backplane::aim(redis_server& server, const wire_target& target) {
  if (server.target == target)
    return;
  server.target = target;
  log::info("backplane", "Redis server",
            {{"server", address_of(target)}, {"shard", home_.shard}});
  send(server.commands, target_atom_v, target);
  send(server.subscriber, target_atom_v, target);
}

// -- connections --------------------------------------------------------------

void redis_backplane::commands_changed(server_id id, bool is_there) {
  auto* server = find_server(id);
  if (!server)
    return;
  const auto was_linked = server->is_linked();
  server->has_commands = is_there;
  if (is_there && is_cluster_)
    ask_for_slots();
  link_changed(*server, was_linked);
}

void redis_backplane::subscriber_changed(server_id id, std::int64_t client,
                                         std::string untracked_why) {
  auto* server = find_server(id);
  if (!server)
    return;
  const auto was_linked = server->is_linked();
  server->subscriber_client = client;
  server->untracked_why = std::move(untracked_why);
  if (client == 0) {
    server->is_probe_subscribed = false;
    for (auto& [key, room] : rooms_)
      if (room->server == server
          && room->subscribed == redis_room::subscription::confirmed)
        room->subscribed = redis_room::subscription::asked;
  }
  link_changed(*server, was_linked);
}

void redis_backplane::link_changed(redis_server& server, bool was_linked) {
  if (server.is_linked())
    linked(server);
  else if (was_linked)
    unlinked(server);
}

void redis_backplane::linked(redis_server& server) {
  track(server);
  for (auto& [key, room] : rooms_)
    if (room->server == &server) {
      room->needs_reconcile |= !room->seats.empty();
      wants_mending(*room);
    }
  // While it was away others' leases may have run out.
  lease_held_since_.reset();
  lease_asked_ = {};
  probe(server);
  place_all();
  renew_lease();
  mend_some();
}

void redis_backplane::unlinked(redis_server& server) {
  server.is_tracking = false;
  for (auto& [key, room] : rooms_)
    if (room->server == &server) {
      room->forget_others();
      room->needs_reconcile = true;
      tell_remote(*room);
    }
  probe_failed(server);
  if (is_cluster_)
    ask_for_slots();
}

// Without it everything is published always.
void redis_backplane::track(redis_server& server) {
  server.wants_tracking = server.has_tracked = false;
  if (!server.untracked_why.empty())
    return untracked(server.untracked_why);
  redis_command command;
  command.words = {"CLIENT",
                   "TRACKING",
                   "ON",
                   "REDIRECT",
                   std::to_string(server.subscriber_client),
                   "NOLOOP"};
  run(server, std::move(command), [this, id = server.id](const auto& x) {
    auto* server = find_server(id);
    if (!server || !server->is_linked())
      return;
    server->is_tracking = server->has_tracked = x.is_answered();
    // Refused for good, or to be tried again.
    server->wants_tracking = x.type != redis_outcome::kind::answered;
    if (x.type == redis_outcome::kind::answered && !x.is_answered())
      untracked(x.reply.text);
  });
}

void redis_backplane::run(redis_server& server, redis_command command,
                          outcome_handler handler) {
  const command_ptr shared =
    std::make_shared<redis_command>(std::move(command));
  request(server.commands, caf::infinite, run_atom_v, shared)
    .then(
      [this, shared, handler, at = server.id](const outcome_ptr& x) {
        if (!run_where_asked(*x, *shared, at, handler))
          handler(*x);
      },
      [handler](const caf::error&) {
        handler(redis_outcome{redis_outcome::kind::lost, {}});
      });
}

// A key of a slot on the move is at its new server already.
bool redis_backplane::run_where_asked(const redis_outcome& outcome,
                                      const redis_command& command,
                                      server_id at,
                                      const outcome_handler& handler) {
  auto* from = find_server(at);
  // A probe is about the server that it was sent to.
  if (!from || command.is_asking || command.script == script_id::probe
      || !outcome.reply.is_error("ASK"))
    return false;
  auto* there = follow(outcome.reply.text, *from);
  if (!there)
    return false;
  auto again = command;
  again.is_asking = true;
  auto then = handler;
  // Its script publishes where it runs, and who listens does so here until the
  // slot has gone.
  if (command.script == script_id::leave)
    then = [this, handler, key = command.words[0],
            member = command.words[1]](const redis_outcome& x) {
      auto* room = find_room(key);
      if (room && x.is_answered() && x.reply.item(0).integer == 1)
        publish_leave(*room, member);
      handler(x);
    };
  run(*there, std::move(again), std::move(then));
  return true;
}

// -- slots of a cluster -------------------------------------------------------

void redis_backplane::ask_for_slots() {
  if (!is_cluster_)
    return;
  are_slots_wanted_ = home_.turn_start - slots_asked_ < slots_hurry;
  if (are_slots_wanted_)
    return;
  slots_asked_ = home_.turn_start;
  // Each time another one, as one may be cut off from the rest.
  std::rotate(servers_.begin(), servers_.begin() + 1, servers_.end());
  for (auto& x : servers_) {
    if (!x->has_commands)
      continue;
    redis_command command;
    command.words = {"CLUSTER", "SLOTS"};
    return run(*x, std::move(command), [this, id = x->id](const auto& y) {
      auto* from = find_server(id);
      if (from && y.is_answered())
        take_slots(*from, y);
      else
        are_slots_wanted_ = true;
    });
  }
  // Nobody left who could say: those we were told of at the start.
  for (const auto& x : url_.hosts)
    server_at({x.host, x.port, url_.is_tls});
}

void redis_backplane::renew_slots() {
  if (are_slots_wanted_ || home_.turn_start - slots_asked_ >= slots_period)
    ask_for_slots();
}

void redis_backplane::take_slots(redis_server& from,
                                 const redis_outcome& outcome) {
  slot_map slots;
  std::vector<wire_target> masters;
  for (const auto& range : outcome.reply.items) {
    const auto& master = range.item(2);
    wire_target target{master.item(0).text,
                       static_cast<std::uint16_t>(master.item(1).integer),
                       url_.is_tls};
    // One that does not know its own name is meant by the one we used.
    if (target.host.empty() || target.host == "?")
      target.host = from.target.host;
    slots.set(static_cast<std::uint16_t>(range.item(0).integer),
              static_cast<std::uint16_t>(range.item(1).integer),
              address_of(target));
    masters.push_back(std::move(target));
  }
  if (masters.empty())
    return;
  for (const auto& x : masters)
    server_at(x);
  slots_ = std::move(slots);
  has_slots_ = true;
  moved_.clear();
  for (std::size_t i = servers_.size(); i-- > 0;) {
    auto& x = *servers_[i];
    if (!has_keys(x) && home_.turn_start >= x.kept_until)
      remove_server(x);
  }
  tell_health();
  place_all();
  mend_some();
}

// Where an error of Redis sends us, if it does. A slot that has moved is learnt
// at once, the rest of the map soon.
redis_server* redis_backplane::follow(std::string_view error,
                                      const redis_server& from) {
  const auto redirect = is_cluster_ ? parse_redirect(error) : std::nullopt;
  if (!redirect)
    return nullptr;
  wire_target target{redirect->host.empty() ? from.target.host : redirect->host,
                     redirect->port, url_.is_tls};
  auto* there = server_at(target);
  there->kept_until = home_.turn_start + redirect_grace;
  if (!redirect->is_ask) {
    slots_.set(redirect->slot, redirect->slot, address_of(target));
    ask_for_slots();
    place_moved(redirect->slot);
  }
  return there;
}

// Servers that do not agree yet may send us to and fro, so each slot once.
void redis_backplane::place_moved(std::uint16_t slot) {
  if (moved_.size() >= moved_max || !moved_.insert(slot).second)
    return;
  for (auto& [key, room] : rooms_)
    if (slot_of(key) == slot)
      place(*room);
}

// -- going away ---------------------------------------------------------------

caf::result<drained_atom> redis_backplane::drain() {
  auto promise = make_response_promise<drained_atom>();
  auto left = std::make_shared<std::size_t>(servers_.size());
  const std::function<void()> one_less = [promise, left]() mutable {
    if (--*left == 0)
      promise.deliver(drained_atom_v);
  };
  for (auto& x : servers_)
    request(x->commands, caf::infinite, drain_atom_v)
      .then([one_less](drained_atom) { one_less(); },
            [one_less](const caf::error&) { one_less(); });
  return promise;
}

} // namespace signalbox
