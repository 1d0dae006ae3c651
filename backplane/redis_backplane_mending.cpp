// Keeping equal what this node and Redis think of a room's members:
// subscribing, reading, reconciling, leases, and the members of nodes that are
// gone.

#include "backplane/redis_backplane.hpp"

#include "backplane/member_id.hpp"
#include "conf/log.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

// Reads and reconciliations under way at once, as far as nobody waits for them:
// after a reconnect there may be tens of thousands to do.
constexpr std::size_t mends_at_once_max = 128;

// Before a room is tried again whose last command failed: Redis may answer
// errors as fast as it is asked.
constexpr std::chrono::milliseconds mend_pause{250};

// The TTL may be as long as one likes; its renewal is also a check.
constexpr std::chrono::milliseconds renewal_period_max{3'600'000};

// How often refused subscriptions are asked for again.
constexpr std::chrono::milliseconds place_pause{250};

// A renewal that comes so late says that Redis was away.
constexpr std::chrono::milliseconds lease_silence_max{2000};

std::vector<std::string_view> texts_of(const resp_value& list) {
  std::vector<std::string_view> result;
  for (const auto& x : list.items)
    result.push_back(x.text);
  return result;
}

} // namespace

// -- rooms --------------------------------------------------------------------

redis_room& redis_backplane::room_at(std::string key) {
  auto& result = rooms_[key];
  if (!result) {
    result = std::make_unique<redis_room>();
    result->key = std::move(key);
    renew_later(*result);
  }
  return *result;
}

redis_room* redis_backplane::find_room(const std::string& key) noexcept {
  auto i = rooms_.find(key);
  return i == rooms_.end() ? nullptr : i->second.get();
}

std::chrono::milliseconds redis_backplane::renewal_period() const noexcept {
  // Three chances before the TTL runs out.
  return std::min(std::chrono::milliseconds{home_.settings.room_ttl} / 3,
                  renewal_period_max);
}

void redis_backplane::renew_later(redis_room& room) {
  renewals_.erase({room.renew_at, room.key});
  room.renew_at = home_.turn_start + renewal_period();
  renewals_.emplace(room.renew_at, room.key);
}

// Gives the room to the server that has it, and subscribes there.
void redis_backplane::place(redis_room& room) {
  auto* server = server_of(room.key);
  if (server != room.server) {
    if (room.server)
      send(room.server->subscriber, hush_atom_v, room.key);
    // A new room has nothing to make equal.
    room.needs_reconcile |= room.server != nullptr
                            || room.is_anyone(redis_room::phase::seated);
    room.server = server;
    room.subscribed = redis_room::subscription::none;
    room.forget_others();
    tell_remote(room);
    wants_mending(room);
  }
  if (server && room.subscribed == redis_room::subscription::none
      && !room.seats.empty()) {
    room.subscribed = redis_room::subscription::asked;
    send(server->subscriber, channel_atom_v, room.key);
  }
}

void redis_backplane::place_all() {
  for (auto& [key, room] : rooms_) {
    place(*room);
    go_on(*room);
  }
}

void redis_backplane::place_refused() {
  if (!is_placing_due_ || home_.turn_start < place_after_)
    return;
  is_placing_due_ = false;
  place_after_ = home_.turn_start + place_pause;
  place_all();
}

void redis_backplane::forget_empty() {
  while (!empty_.empty() && empty_.front().first <= home_.turn_start) {
    const auto key = std::move(empty_.front().second);
    empty_.pop_front();
    auto* room = find_room(key);
    if (!room || !room->seats.empty()
        || home_.turn_start - room->empty_since < linger)
      continue;
    if (room->needs_reconcile || room->is_reconciling || room->is_in_line
        || room->is_compensating || !room->strays.empty()) {
      // Redis has yet to hear of its last members.
      empty_.emplace_back(home_.turn_start + linger, key);
      continue;
    }
    if (room->server)
      send(room->server->subscriber, hush_atom_v, key);
    renewals_.erase({room->renew_at, key});
    rooms_.erase(key);
  }
}

// -- reading and reconciling --------------------------------------------------

void redis_backplane::wants_mending(redis_room& room) {
  if (std::exchange(room.is_in_line, true))
    return;
  mending_.push_back(room.key);
}

// Its last command failed.
void redis_backplane::put_off(redis_room& room) {
  room.mend_after = home_.turn_start + mend_pause;
  wants_mending(room);
}

void redis_backplane::reconcile_all() {
  for (auto& [key, room] : rooms_) {
    room->needs_reconcile = true;
    wants_mending(*room);
  }
}

// Each in line once a beat; those whose turn has not come stay.
void redis_backplane::mend_some() {
  for (auto left = mending_.size();
       left > 0 && mends_under_way_ < mends_at_once_max; --left) {
    const auto key = std::move(mending_.front());
    mending_.pop_front();
    auto* room = find_room(key);
    if (!room)
      continue;
    room->is_in_line = false;
    mend(*room);
  }
}

void redis_backplane::mend(redis_room& room) {
  // Called again when there is a server.
  if (!room.server || !room.server->is_linked())
    return;
  if (room.is_anyone(redis_room::phase::joining)
      || home_.turn_start < room.mend_after)
    return wants_mending(room);
  compensate(room);
  if (room.is_reading)
    return;
  if (room.needs_reconcile)
    return reconcile(room);
  go_on(room);
  if (room.is_anyone(redis_room::phase::seated) && room.mirror.needs_read())
    refresh(room);
}

void redis_backplane::reconcile(redis_room& room) {
  room.needs_reconcile = false;
  room.is_reconciling = room.is_reading = true;
  room.mirror.read_sent();
  ++mends_under_way_;
  redis_command command;
  command.script = script_id::reconcile;
  command.keys = 1;
  command.words = {room.key, holder_,
                   std::to_string(home_.settings.room_capacity),
                   std::to_string(home_.settings.room_ttl.count()),
                   publish_command()};
  for (const auto& x : room.seats)
    if (x.state == redis_room::phase::seated)
      command.words.push_back(member(x.who));
  run(*room.server, std::move(command),
      [this, key = room.key, epoch = room.epoch](const redis_outcome& x) {
        --mends_under_way_;
        auto* room = find_room(key);
        if (room && room->epoch == epoch)
          reconciled(*room, x);
        if (x.is_answered())
          mend_some();
      });
}

void redis_backplane::reconciled(redis_room& room,
                                 const redis_outcome& outcome) {
  room.is_reconciling = room.is_reading = false;
  members_known(room, outcome, texts_of(outcome.reply.item(0)));
  if (!outcome.is_answered()) {
    if (room.server)
      follow(outcome.reply.text, *room.server);
    room.needs_reconcile = true;
    return wants_mending(room);
  }
  for (const auto& x : outcome.reply.item(1).items) {
    const auto number = number_of(x.text);
    if (!number)
      continue;
    const session_id who{(std::uint64_t{home_.shard} << 48) | *number};
    log::info("backplane", "a seat is lost: the room is full",
              {{"room", room.key}, {"session", who.value}});
    if (room.actor)
      send(room.actor, end_atom_v, who, ec::room_full);
    room.remove(who);
    if (room.seats.empty())
      vacated(room);
  }
  tell_remote(room);
  go_on(room);
}

bool redis_backplane::holds_ours(
  const redis_room& room, const std::vector<std::string_view>& ids) const {
  const auto count = static_cast<std::size_t>(
    std::count_if(ids.begin(), ids.end(), [this](std::string_view x) {
      return holder_of(x) == holder_;
    }));
  return count >= static_cast<std::size_t>(std::count_if(
           room.seats.begin(), room.seats.end(),
           [](const auto& x) { return x.state == redis_room::phase::seated; }));
}

// A member of another server has come, and that server lets the set expire,
// under ours too: a comparison takes its TTL off.
void redis_backplane::note_strangers(redis_room& room,
                                     const std::vector<std::string_view>& ids) {
  room.needs_reconcile |=
    room.is_anyone(redis_room::phase::seated)
    && std::any_of(ids.begin(), ids.end(), [&room](std::string_view x) {
         return !holder_of(x) && !room.mirror.holds(x);
       });
}

void redis_backplane::refresh(redis_room& room) {
  room.is_reading = true;
  room.mirror.read_sent();
  ++mends_under_way_;
  redis_command command;
  command.words = {"SMEMBERS", room.key};
  run(*room.server, std::move(command),
      [this, key = room.key, epoch = room.epoch](const redis_outcome& x) {
        --mends_under_way_;
        auto* room = find_room(key);
        if (room && room->epoch == epoch) {
          room->is_reading = false;
          const auto ids = texts_of(x.reply);
          // Somebody took seats of ours away, or Redis lost the set.
          room->needs_reconcile |= x.is_answered() && !holds_ours(*room, ids);
          note_strangers(*room, ids);
          members_known(*room, x, ids);
          if (!x.is_answered() && room->server)
            follow(x.reply.text, *room->server);
          go_on(*room);
        }
        if (x.is_answered())
          mend_some();
      });
}

// The read under way has ended, with the members or without.
void redis_backplane::members_known(redis_room& room,
                                    const redis_outcome& outcome,
                                    std::vector<std::string_view> members) {
  if (outcome.is_answered()) {
    room.mirror.read_answered(std::move(members), holder_, home_.turn_start);
  } else {
    room.mirror.read_failed();
    put_off(room);
  }
  if (room.mirror.needs_read() || room.needs_reconcile)
    wants_mending(room);
  tell_remote(room);
}

// Read again and reconciled before the TTL runs out; that also renews it.
void redis_backplane::renew_rooms() {
  while (!renewals_.empty() && renewals_.begin()->first <= home_.turn_start) {
    auto& room = *rooms_.at(renewals_.begin()->second);
    renew_later(room);
    if (room.seats.empty())
      continue;
    room.needs_reconcile = true;
    wants_mending(room);
  }
}

// -- leases -------------------------------------------------------------------

redis_command
redis_backplane::lease_command(const std::vector<std::string>& others) const {
  redis_command result;
  result.script = script_id::lease;
  result.keys = 1;
  result.words = {lease_key, holder_, std::to_string(lease_time.count()),
                  std::to_string(lease_retention.count())};
  result.words.insert(result.words.end(), others.begin(), others.end());
  return result;
}

void redis_backplane::renew_lease() {
  auto* server = server_of(lease_key);
  if (is_lease_under_way_ || !server || !server->is_linked()
      || home_.turn_start - lease_asked_ < lease_period)
    return;
  lease_asked_ = home_.turn_start;
  is_lease_under_way_ = true;
  std::vector<std::string> others;
  for (const auto& [key, room] : rooms_)
    for (auto x : room->mirror.holders())
      if (std::find(others.begin(), others.end(), x) == others.end())
        others.emplace_back(x);
  run(*server, lease_command(others), [this](const redis_outcome& x) {
    is_lease_under_way_ = false;
    lease_renewed(x);
  });
}

void redis_backplane::lease_renewed(const redis_outcome& outcome) {
  if (!outcome.is_answered()) {
    if (auto* server = server_of(lease_key))
      follow(outcome.reply.text, *server);
    return report_failure("lease", outcome);
  }
  note_lease(outcome.reply);
  if (may_judge()) {
    std::vector<std::string> dead;
    for (const auto& x : outcome.reply.item(1).items)
      dead.push_back(x.text);
    bury(dead);
    announce_missing();
  }
  pass_on_heard();
  mend_some();
}

// Each renewal says whether Redis was away, or lost its data, since the last
// one; no later one says it again.
void redis_backplane::note_lease(const resp_value& reply) {
  const auto was_held = reply.item(0).integer == 1;
  const auto silence = home_.turn_start - lease_answered_;
  lease_answered_ = home_.turn_start;
  // Others' may have run out meanwhile, and will be renewed.
  if (silence > lease_silence_max)
    lease_held_since_.reset();
  if (!was_held) {
    // Ours has run out, or Redis lost its data: so may others', who renew them
    // as soon as they can.
    if (std::exchange(had_lease_, true))
      log::warn("backplane", "lease lost: seats are taken again",
                {{"shard", home_.shard}});
    lease_held_since_.reset();
    reconcile_all();
  }
  if (!lease_held_since_)
    lease_held_since_ = home_.turn_start;
}

bool redis_backplane::may_judge() const noexcept {
  return lease_held_since_
         && home_.turn_start - *lease_held_since_ >= lease_time;
}

// The members of nodes that are gone: those here are told, the seats are freed,
// and whoever else is in the room is told by the script.
void redis_backplane::bury(const std::vector<std::string>& holders) {
  if (holders.empty())
    return;
  for (auto& [key, room] : rooms_) {
    std::vector<std::string> gone;
    for (const auto& holder : holders)
      for (auto& x : room->mirror.holder_died(holder))
        gone.push_back(std::move(x));
    tell_leaves(*room, gone.size());
    // Those told before too, as long as they are in the set.
    std::vector<std::string> stale;
    for (const auto& x : room->mirror.others())
      if (!x.missing_since
          && std::find(holders.begin(), holders.end(), x.holder())
               != holders.end())
        stale.push_back(x.id);
    if (stale.empty() || !room->server || !room->server->is_linked())
      continue;
    redis_command command;
    command.script = script_id::sweep;
    command.keys = 1;
    command.words = {key, publish_command()};
    for (auto& x : stale)
      command.words.push_back(std::move(x));
    room->mirror.read_sent();
    run(*room->server, std::move(command),
        [this, key = key, epoch = room->epoch](const redis_outcome& x) {
          auto* room = find_room(key);
          if (!room || room->epoch != epoch)
            return;
          const auto ids = texts_of(x.reply);
          note_strangers(*room, ids);
          members_known(*room, x, ids);
        });
  }
}

void redis_backplane::announce_missing() {
  for (auto& [key, room] : rooms_) {
    const auto gone = room->mirror.missing_for(home_.turn_start, missing_grace);
    tell_leaves(*room, gone.size());
    tell_remote(*room);
  }
}

} // namespace signalbox
