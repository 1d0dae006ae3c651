// Seats: how a session gets one in its room's set, and how it goes back.

#include "backplane/redis_backplane.hpp"

#include "backplane/member_id.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace signalbox {

namespace {

// What join.lua answers.
constexpr std::int64_t join_seated = 1;
constexpr std::int64_t join_full = 0;

// Members that one command takes back: it keeps Redis from nothing for long.
constexpr std::size_t compensated_at_once_max = 64;

// They follow the status and the count.
std::vector<std::string_view> members_of_join(const resp_value& reply) {
  std::vector<std::string_view> result;
  for (std::size_t i = 2; i < reply.items.size(); ++i)
    result.push_back(reply.items[i].text);
  return result;
}

// A slot that is on its way to another server can be joined in again soon.
bool is_slot_moving(const resp_value& error) noexcept {
  return error.is_error("TRYAGAIN")
         || error.text.find("non local key") != std::string::npos;
}

} // namespace

std::string redis_backplane::member(session_id who) const {
  // The upper bits are the shard's, which the holder names already.
  constexpr std::uint64_t number_mask = (std::uint64_t{1} << 48) - 1;
  return make_member(holder_, who.value & number_mask);
}

// -- joining ------------------------------------------------------------------

caf::result<bool> redis_backplane::seat(const std::string& name,
                                        const room_actor& actor,
                                        session_id who) {
  if (home_.node.is_circuit_open)
    return error_of(ec::backplane_unavailable);
  auto& room = room_at("room:" + name);
  room.actor = actor;
  auto promise = make_response_promise<bool>();
  const auto deadline = home_.turn_start + join_deadline;
  room.seats.push_back(
    {who, redis_room::phase::waiting, false, false, deadline, promise});
  waiting_.push_back({deadline, room.key, who});
  place(room);
  go_on(room);
  return promise;
}

// Whoever waits joins once the room is heard here. Not while seats are being
// compared: the comparison would not know of the new one. One that is due comes
// at once: after a reconnect tens of thousands of rooms may be in line, and the
// others can wait.
void redis_backplane::go_on(redis_room& room) {
  if (!room.server || !room.server->is_linked() || room.is_reconciling
      || room.subscribed != redis_room::subscription::confirmed
      || !room.is_anyone(redis_room::phase::waiting))
    return;
  if (room.needs_reconcile)
    return mend(room);
  for (auto& x : room.seats)
    if (x.state == redis_room::phase::waiting)
      join(room, x, {});
}

void redis_backplane::join(redis_room& room, redis_room::seat& seat,
                           std::vector<std::string> dead) {
  seat.state = redis_room::phase::joining;
  const auto id = member(seat.who);
  const auto wants_members = room.mirror.needs_read() || !dead.empty();
  if (wants_members)
    room.mirror.read_sent();
  redis_command command;
  command.script = script_id::join;
  command.keys = 1;
  command.words = {room.key,
                   id,
                   std::to_string(home_.settings.room_capacity),
                   std::to_string(home_.settings.room_ttl.count()),
                   wants_members ? "1" : "0",
                   publish_command()};
  const auto is_retry = !dead.empty();
  for (auto& x : dead)
    command.words.push_back(std::move(x));
  auto& server = *room.server;
  const join_facts facts{room.key,   seat.who,      server.id,
                         room.epoch, wants_members, is_retry};
  run(server, std::move(command), [this, facts](const redis_outcome& x) {
    joined(facts, x);
    // What became due meanwhile waited for this answer.
    if (auto* room = find_room(facts.key); room && room->needs_reconcile)
      go_on(*room);
  });
}

void redis_backplane::joined(const join_facts& facts,
                             const redis_outcome& outcome) {
  const auto who = facts.who;
  auto* room = find_room(facts.key);
  auto* seat = room ? room->find(who) : nullptr;
  if (!seat)
    return;
  const auto& status = outcome.reply.item(0);
  if (facts.is_read && facts.epoch == room->epoch) {
    const auto ids = members_of_join(outcome.reply);
    // The script sees to the TTL where it seats somebody.
    if (status.is_integer() && status.integer == join_full)
      note_strangers(*room, ids);
    members_known(*room, outcome, ids);
  }
  if (outcome.is_answered()) {
    if (status.is_integer() && status.integer == join_seated)
      return seated(*room, *seat);
    if (status.is_integer() && status.integer == join_full)
      return room_was_full(*room, who, facts.is_retry, outcome.reply);
    return not_seated(*room, who, ec::backplane_unavailable);
  }
  if (outcome.type == redis_outcome::kind::answered
      && home_.turn_start < seat->deadline) {
    auto* from = find_server(facts.at);
    if (from && follow(outcome.reply.text, *from)) {
      // MOVED: first it has to be heard there.
      seat->state = redis_room::phase::waiting;
      place(*room);
      return go_on(*room);
    }
    if (is_slot_moving(outcome.reply)) {
      seat->state = redis_room::phase::waiting;
      seat->is_put_off = true;
      return wants_mending(*room);
    }
  }
  if (outcome.type == redis_outcome::kind::lost) {
    room->strays.push_back(member(who));
    compensate(*room);
  }
  report_failure("join", outcome);
  not_seated(*room, who, ec::backplane_unavailable);
}

void redis_backplane::seated(redis_room& room, redis_room::seat& seat) {
  seat.state = redis_room::phase::seated;
  room.is_remote_told = is_remote(room);
  seat.promise.deliver(room.is_remote_told);
  if (std::exchange(seat.has_left, false))
    leave(room, seat.who);
}

// Seats of nodes that are gone do not fill a room.
void redis_backplane::room_was_full(redis_room& room, session_id who,
                                    bool is_retry, const resp_value& reply) {
  std::vector<std::string> members;
  std::vector<std::string> holders;
  for (auto x : members_of_join(reply)) {
    const auto holder = holder_of(x);
    if (!holder || *holder == holder_)
      continue;
    members.emplace_back(x);
    if (std::find(holders.begin(), holders.end(), *holder) == holders.end())
      holders.emplace_back(*holder);
  }
  auto* server = server_of(lease_key);
  if (is_retry || holders.empty() || !may_judge() || !server
      || !server->is_linked())
    return not_seated(room, who, ec::room_full);
  run(*server, lease_command(holders),
      [this, key = room.key, who,
       members = std::move(members)](const redis_outcome& x) {
        if (x.is_answered())
          note_lease(x.reply);
        auto* room = find_room(key);
        if (room && room->find(who))
          retry_without_dead(*room, who, members, x);
      });
}

// `lease`: which of the room's holders have none.
void redis_backplane::retry_without_dead(
  redis_room& room, session_id who, const std::vector<std::string>& members,
  const redis_outcome& lease) {
  if (!lease.is_answered())
    return not_seated(room, who, ec::backplane_unavailable);
  std::vector<std::string> dead;
  // Redis may have lost its data, or been away: then all look dead.
  if (may_judge() && room.server && room.server->is_linked())
    for (const auto& holder : lease.reply.item(1).items)
      for (const auto& x : members)
        if (holder_of(x) == holder.text)
          dead.push_back(x);
  if (dead.empty())
    return not_seated(room, who, ec::room_full);
  // The script publishes that they left; a first member met none of them.
  if (!room.is_anyone(redis_room::phase::seated))
    for (const auto& x : dead)
      room.mirror.leave_announced(x);
  join(room, *room.find(who), std::move(dead));
}

void redis_backplane::not_seated(redis_room& room, session_id who, ec why) {
  auto promise = room.find(who)->promise;
  room.remove(who);
  if (room.seats.empty())
    vacated(room);
  promise.deliver(error_of(why));
}

// Redis or the subscription's confirmation did not come in time.
void redis_backplane::give_up_waiting() {
  while (!waiting_.empty() && waiting_.front().at <= home_.turn_start) {
    const auto x = std::move(waiting_.front());
    waiting_.pop_front();
    auto* room = find_room(x.key);
    auto* seat = room ? room->find(x.who) : nullptr;
    if (!seat || seat->state != redis_room::phase::waiting)
      continue;
    if (!seat->is_put_off)
      report_failure("join", {});
    not_seated(*room, x.who, ec::backplane_unavailable);
  }
}

// -- leaving ------------------------------------------------------------------

void redis_backplane::vacate(const std::string& name, session_id who) {
  auto* room = find_room("room:" + name);
  auto* seat = room ? room->find(who) : nullptr;
  if (!seat)
    return;
  switch (seat->state) {
    case redis_room::phase::waiting:
      return not_seated(*room, who, ec::internal);
    case redis_room::phase::joining:
      seat->has_left = true;
      return;
    case redis_room::phase::seated:
      return leave(*room, who);
  }
}

void redis_backplane::leave(redis_room& room, session_id who) {
  room.remove(who);
  const auto is_last = room.seats.empty();
  if (is_last)
    vacated(room);
  if (!room.server || !room.server->is_linked() || room.needs_reconcile
      || room.is_reconciling) {
    // The comparison that comes takes it out and says so.
    room.needs_reconcile = true;
    return wants_mending(room);
  }
  redis_command command;
  command.script = script_id::leave;
  command.keys = 1;
  command.words = {room.key, member(who), publish_command(),
                   is_last ? "1" : "0"};
  run(*room.server, std::move(command),
      [this, key = room.key, at = room.server->id](const redis_outcome& x) {
        auto* room = find_room(key);
        if (x.is_answered() || !room)
          return;
        if (auto* from = find_server(at))
          follow(x.reply.text, *from);
        report_failure("leave", x);
        room->needs_reconcile = true;
        wants_mending(*room);
      });
}

void redis_backplane::vacated(redis_room& room) {
  room.actor = nullptr;
  room.start_over();
  if (room.needs_reconcile)
    wants_mending(room);
  room.empty_since = home_.turn_start;
  empty_.emplace_back(home_.turn_start + linger, room.key);
}

// The joins are not known to have run, and may run yet: whichever comes first,
// the members end outside. One command at a time takes back many: when Redis
// freezes, as many joins are lost at once as were under way.
void redis_backplane::compensate(redis_room& room) {
  if (room.strays.empty() || room.is_compensating || !room.server
      || !room.server->is_linked())
    return;
  room.is_compensating = true;
  const auto end = room.strays.begin()
                   + static_cast<std::ptrdiff_t>(
                     std::min(room.strays.size(), compensated_at_once_max));
  std::vector<std::string> members(std::make_move_iterator(room.strays.begin()),
                                   std::make_move_iterator(end));
  room.strays.erase(room.strays.begin(), end);
  redis_command command;
  command.script = script_id::compensate;
  command.keys = 1;
  command.words = {room.key, std::to_string(tombstone_time.count())};
  command.words.insert(command.words.end(), members.begin(), members.end());
  run(*room.server, std::move(command),
      [this, key = room.key, at = room.server->id,
       members = std::move(members)](const redis_outcome& x) {
        if (auto* room = find_room(key))
          compensated(*room, at, members, x);
      });
}

void redis_backplane::compensated(redis_room& room, server_id at,
                                  const std::vector<std::string>& members,
                                  const redis_outcome& outcome) {
  room.is_compensating = false;
  if (outcome.is_answered())
    return compensate(room);
  if (auto* from = find_server(at))
    follow(outcome.reply.text, *from);
  room.strays.insert(room.strays.end(), members.begin(), members.end());
  put_off(room);
}

// -- after this actor's predecessor -------------------------------------------

void redis_backplane::adopt(const std::string& name, const room_actor& actor,
                            const session_ids& who) {
  auto& room = room_at("room:" + name);
  room.actor = actor;
  for (auto x : who)
    if (!room.find(x))
      room.seats.push_back(
        {x, redis_room::phase::seated, false, false, {}, {}});
  room.is_remote_told = true;
  room.needs_reconcile = true;
  if (room.seats.empty())
    vacated(room);
  place(room);
  wants_mending(room);
}

} // namespace signalbox
