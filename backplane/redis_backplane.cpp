#include "backplane/redis_backplane.hpp"

#include "backplane/member_id.hpp"
#include "schema/frames.hpp"

#include <cstdlib>

namespace signalbox {

namespace {

// A message of the largest size, escaped by nobody, and the rest of an
// envelope.
constexpr std::size_t envelope_bytes_spare = 4096;

} // namespace

backplane_actor start_redis_backplane(caf::actor_system& system, home& where) {
  return spawn_at<redis_backplane>(system, where);
}

redis_backplane::redis_backplane(caf::actor_config& config, home& where)
  : pinned(config, where, actor_kind::backplane),
    url_(*where.settings.redis_url),
    holder_(make_holder(where.node.id, where.shard)),
    login_{url_.user, url_.password, url_.db,
           "signalbox-" + where.node.id + "-" + std::to_string(where.shard)},
    is_cluster_(url_.kind == redis_url::topology::cluster),
    parser_(where.settings.message_max_bytes + envelope_bytes_spare) {
  // nop
}

redis_backplane::behavior_type redis_backplane::make_behavior() {
  home_.backplane = caf::actor_cast<backplane_actor>(self_handle());
  start_servers();
  note_heard();
  delayed_send(self_handle(), beat_period, beat_atom_v);
  return {
    [this](seat_atom, const std::string& name, const room_actor& actor,
           session_id who) { return seat(name, actor, who); },
    [this](vacate_atom, const std::string& name, session_id who) {
      vacate(name, who);
    },
    [this](spread_atom, const std::string& name, session_id from,
           const batch_ptr& batch) { spread(name, from, *batch); },
    [this](adopt_atom, const std::string& name, const room_actor& actor,
           const session_ids& who) { adopt(name, actor, who); },
    [this](admitted_atom, const ip_address& client) {
      count_admission(client);
    },
    [this](probe_atom) {
      for (auto& x : servers_)
        probe(*x);
    },
    [this](cluster_atom) { return cluster(); },
    [this](drain_atom) { return drain(); },
    [this](beat_atom) { beat(); },
    [this](up_atom, server_id id, bool is_there) {
      commands_changed(id, is_there);
    },
    [this](up_atom, server_id id, std::int64_t client,
           std::string& untracked_why) {
      subscriber_changed(id, client, std::move(untracked_why));
    },
    [this](heard_atom, server_id from, const heard_ptr& events) {
      heard(from, *events);
    },
    [this](moved_atom, server_id from, const std::string& error) {
      if (auto* server = find_server(from))
        follow(error, *server);
    },
    [this](target_atom, const wire_target& target) {
      aim(*servers_.front(), target);
    },
  };
}

void redis_backplane::beat() {
  delayed_send(self_handle(), beat_period, beat_atom_v);
  for (auto& x : servers_) {
    send(x->commands, beat_atom_v);
    send(x->subscriber, beat_atom_v);
  }
  check_probes();
  renew_slots();
  place_refused();
  give_up_waiting();
  renew_lease();
  renew_rooms();
  forget_empty();
  mend_some();
}

// -- to other nodes -----------------------------------------------------------

void redis_backplane::spread(const std::string& name, session_id from,
                             const relay_batch& batch) {
  auto* room = find_room("room:" + name);
  const auto is_missed = !room || may_be_missed(*room);
  if (!room || !room->server || !room->server->is_linked()) {
    if (is_missed)
      home_.figures.redis_drops.add(batch.messages);
    return;
  }
  const auto sender = member(from);
  const auto publish = publish_command();
  std::string commands;
  std::string envelope;
  for (std::string_view frames = batch.frames; !frames.empty();) {
    envelope.clear();
    append_envelope(envelope, sender, take_frame(frames), home_.node.id);
    append_command(commands, {publish, room->key, envelope});
  }
  home_.figures.redis_publishes.add(batch.messages);
  send(room->server->commands, publish_atom_v, std::move(commands),
       batch.messages, is_missed);
}

// For a leave whose script has said so where nobody of the room listens.
void redis_backplane::publish_leave(redis_room& room,
                                    const std::string& member) {
  if (!room.server)
    return;
  std::string envelope;
  append_envelope(envelope, member, peer_disconnected_text, home_.node.id);
  std::string command;
  append_command(command, {publish_command(), room.key, envelope});
  send(room.server->commands, publish_atom_v, std::move(command),
       std::uint32_t{1}, true);
}

std::string redis_backplane::publish_command() const {
  return is_cluster_ ? "SPUBLISH" : "PUBLISH";
}

// -- from other nodes ---------------------------------------------------------

void redis_backplane::heard(server_id from,
                            const std::vector<heard_event>& events) {
  auto* server = find_server(from);
  if (!server)
    return;
  for (const auto& x : events) {
    auto* room =
      find_room(x.type == heard_event::kind::invalidated ? x.text : x.channel);
    // What an earlier server of the room still says does not count; but the set
    // is read at a later one already while its slot moves.
    if (room && room->server != server
        && x.type != heard_event::kind::invalidated)
      room = nullptr;
    switch (x.type) {
      case heard_event::kind::message:
        if (room)
          hear(*room, x.text);
        else if (x.channel == server->probe_key)
          probe_heard(*server, x.text);
        break;
      case heard_event::kind::subscribed:
        if (room) {
          room->subscribed = redis_room::subscription::confirmed;
          go_on(*room);
        } else if (x.channel == server->probe_key) {
          server->is_probe_subscribed = true;
          probe(*server);
        }
        break;
      case heard_event::kind::unsubscribed:
        // Asked for again here, it says where the slot is now.
        if (room) {
          room->subscribed = redis_room::subscription::none;
          place(*room);
        } else if (x.channel == server->probe_key) {
          server->is_probe_subscribed = false;
          send(server->subscriber, channel_atom_v, server->probe_key);
        }
        ask_for_slots();
        break;
      case heard_event::kind::invalidated:
        if (room)
          invalidated(*room);
        break;
      case heard_event::kind::all_invalidated:
        for (auto& [key, y] : rooms_)
          if (y->server == server)
            invalidated(*y);
        break;
      case heard_event::kind::refused:
        refused(*server, x.text);
        break;
    }
  }
  pass_on_heard();
  mend_some();
}

// The error does not say which subscription it was, only perhaps the slot:
// those not confirmed are asked for again.
void redis_backplane::refused(redis_server& server, const std::string& error) {
  const auto redirect = parse_redirect(error);
  for (auto& [key, room] : rooms_)
    if (room->server == &server
        && room->subscribed == redis_room::subscription::asked
        && (!redirect || slot_of(key) == redirect->slot))
      room->subscribed = redis_room::subscription::none;
  is_placing_due_ = true;
  follow(error, server);
  choose_probe_key(server);
  ask_for_slots();
}

void redis_backplane::hear(redis_room& room, std::string_view text) {
  if (!room.actor)
    return;
  const auto envelope = parser_.parse(text);
  if (!envelope)
    return home_.figures.redis_unheard.add();
  if (envelope->origin == home_.node.id)
    return;
  if (envelope->is_leave) {
    const auto is_news = room.mirror.leave_announced(envelope->sender);
    return tell_leaves(room, is_news ? 1 : 0);
  }
  if (envelope->data.size() > home_.settings.message_max_bytes)
    return home_.figures.redis_unheard.add();
  auto& batch = heard_batch(room);
  append_text_frame(batch.frames, envelope->data);
  ++batch.messages;
}

// What the room's members are to hear at the end of this event.
relay_batch& redis_backplane::heard_batch(redis_room& room) {
  if (!room.heard) {
    room.heard = std::make_shared<relay_batch>();
    room.heard->taken_up = home_.turn_start;
    touched_.push_back(&room);
  }
  return *room.heard;
}

// Into the same batch, so that a leave follows what was said before it.
void redis_backplane::tell_leaves(redis_room& room, std::size_t count) {
  // Who is still entering has met nobody.
  if (count == 0 || !room.is_anyone(redis_room::phase::seated))
    return;
  auto& batch = heard_batch(room);
  for (; count > 0; --count)
    batch.frames += peer_disconnected_frame();
}

void redis_backplane::pass_on_heard() {
  for (auto* room : touched_)
    send(room->actor, deliver_atom_v, batch_ptr{std::move(room->heard)});
  touched_.clear();
}

// -- who else is there --------------------------------------------------------

void redis_backplane::invalidated(redis_room& room) {
  room.mirror.invalidated();
  tell_remote(room);
  wants_mending(room);
}

bool redis_backplane::is_remote(const redis_room& room) const noexcept {
  // One that is not healthy may not have told us of a change.
  return !room.server || !room.server->is_tracking || !room.server->is_healthy
         || room.mirror.may_others_exist();
}

// Whether somebody misses what is not published: while Redis cannot be used
// everything would be, also in rooms that had nobody elsewhere when it could.
bool redis_backplane::may_be_missed(const redis_room& room) const noexcept {
  return !room.server || room.server->is_healthy || !room.server->has_tracked
         || !room.mirror.others().empty();
}

void redis_backplane::tell_remote(redis_room& room) {
  const auto now = is_remote(room);
  // The first member's answer says it too.
  if (now == room.is_remote_told || !room.actor
      || !room.is_anyone(redis_room::phase::seated))
    return;
  room.is_remote_told = now;
  send(room.actor, remote_atom_v, now);
}

// -- addresses ----------------------------------------------------------------

// Asynchronous: the connection was admitted by this node's own count, and the
// answer lowers that count to what is left across nodes.
void redis_backplane::count_admission(const ip_address& client) {
  const auto key = "signalbox:conn:" + client.limit_key().to_string();
  auto* server = server_of(key);
  if (!server || !server->is_linked())
    return;
  redis_command command;
  command.script = script_id::count_connection;
  command.keys = 1;
  command.words = {key, std::to_string(home_.settings.rate_limit_conn_per_10s)};
  run(*server, std::move(command), [this, client](const redis_outcome& x) {
    if (x.is_answered())
      home_.node.addresses.limit_upgrades(
        client, std::strtod(x.reply.text.c_str(), nullptr),
        home_.now_seconds());
  });
}

void redis_backplane::on_exit() {
  if (home_.backplane == caf::actor_cast<backplane_actor>(self_handle()))
    home_.backplane = nullptr;
  for (auto& x : servers_) {
    send_exit(x->commands, caf::exit_reason::user_shutdown);
    send_exit(x->subscriber, caf::exit_reason::user_shutdown);
  }
  if (sentinel_watch_)
    send_exit(sentinel_watch_, caf::exit_reason::user_shutdown);
  sentinel_watch_ = nullptr;
  rooms_.clear();
  servers_.clear();
}

} // namespace signalbox
