#include "actors/room.hpp"

#include "actors/session.hpp"
#include "conf/log.hpp"
#include "schema/frames.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

// Encoded once for the whole process.
const batch_ptr& peer_disconnected_batch() {
  static const batch_ptr batch = [] {
    auto result = std::make_shared<relay_batch>();
    result->frames = peer_disconnected_frame();
    return result;
  }();
  return batch;
}

template <class Members>
auto find(Members& members, session_id id) {
  return std::find_if(members.begin(), members.end(),
                      [id](const auto& x) { return x.id == id; });
}

// A join is answered within its deadline of 1 s; this bounds what a loud room
// may hold back for one meanwhile.
constexpr std::size_t missed_batches_max = 256;

log::limiter drop_log{std::chrono::milliseconds{1000}};

} // namespace

room::room(caf::actor_config& config, home& where, std::string name,
           room_directory_actor directory)
  : pinned(config, where, actor_kind::room),
    name_(std::move(name)),
    directory_(std::move(directory)) {
  // nop
}

room::behavior_type room::make_behavior() {
  home_.figures.rooms.add();
  if (!home_.room_behavior)
    home_.room_behavior = handlers(home_);
  return *home_.room_behavior;
}

room::behavior_type room::handlers(home& where) {
  const auto self = [&where]() -> room& {
    return static_cast<room&>(*where.current);
  };
  return {
    [self](enter_atom, session_id id, const session_actor& who) {
      return self().enter(id, who);
    },
    [self](leave_room_atom, session_id id) { self().leave(id); },
    [self](relay_atom, session_id from, const batch_ptr& batch) {
      self().relay(from, batch);
    },
    [self](deliver_atom, const batch_ptr& batch) {
      self().deliver_from_elsewhere(batch);
    },
    [self](remote_atom, bool is_possible) {
      self().is_remote_possible_ = is_possible;
    },
    [self](end_atom, session_id id, ec why) { self().end_member(id, why); },
    [self](reseat_atom) { self().tell_backplane(); },
  };
}

bool room::handle_at_once(caf::mailbox_element& x) {
  return handle<relay_atom, session_id, batch_ptr>(
           x, [this](session_id from,
                     const batch_ptr& batch) { relay(from, batch); })
         || handle_request<enter_atom, session_id, session_actor>(
           x, [this](session_id id,
                     const session_actor& who) { return enter(id, who); })
         || handle<leave_room_atom, session_id>(x, [this](session_id id) {
              leave(id);
            });
}

// -- entering -----------------------------------------------------------------

// Members on this node alone may fill the room; the backplane knows the rest,
// if there may be others.
caf::result<caf::strong_actor_ptr> room::enter(session_id id,
                                               const session_actor& who) {
  ++enters_seen_;
  if (members_.size() >= home_.settings.room_capacity)
    return error_of(ec::room_full);
  member newcomer{id, who, neighbour<session>(who, home_)};
  if (!is_clustered()) {
    members_.push_back(std::move(newcomer));
    return caf::strong_actor_ptr{ctrl()};
  }
  if (!home_.backplane) {
    retire_if_empty();
    return error_of(ec::backplane_unavailable);
  }
  auto promise = make_response_promise<caf::strong_actor_ptr>();
  if (may_ask())
    ask(std::move(newcomer), promise);
  else
    line_.push_back({std::move(newcomer), promise});
  return promise;
}

// Not for more than may get a seat: a crowd at a small room, or in front of a
// Redis that does not answer, costs the backplane no more than the room does.
bool room::may_ask() const noexcept {
  return members_.size() + asks_under_way_ < home_.settings.room_capacity;
}

// Without a timeout of its own: a session that gives up waiting leaves, and
// the seat of an answer that comes after that goes back.
void room::ask(member who, entry_promise promise) {
  const auto id = who.id;
  entering_.push_back({std::move(who), {}});
  ++asks_under_way_;
  request(home_.backplane, caf::infinite, seat_atom_v, name_, self_handle(), id)
    .then(
      [this, id, promise](bool is_remote_possible) {
        seated(id, is_remote_possible, promise);
      },
      [this, id, promise](const caf::error& why) {
        not_seated(id, why, promise);
      });
}

void room::serve_line() {
  if (line_.empty())
    return;
  if (members_.size() >= home_.settings.room_capacity)
    return refuse_line(ec::room_full);
  if (!home_.backplane)
    return refuse_line(ec::backplane_unavailable);
  auto next = line_.begin();
  for (; next != line_.end() && may_ask(); ++next)
    ask(std::move(*next), next->promise);
  line_.erase(line_.begin(), next);
  if (line_.empty())
    line_.shrink_to_fit();
}

void room::refuse_line(ec why) {
  for (auto& x : std::exchange(line_, {}))
    x.promise.deliver(error_of(why));
}

void room::seated(session_id id, bool is_remote_possible,
                  entry_promise promise) {
  --asks_under_way_;
  auto i = find(entering_, id);
  if (i == entering_.end()) {
    // It left while the backplane was asked.
    vacate(id);
    promise.deliver(error_of(ec::internal));
    serve_line();
    return retire_if_empty();
  }
  is_remote_possible_ = is_remote_possible;
  const auto missed = std::move(i->missed);
  members_.push_back({i->id, std::move(i->who), i->near});
  entering_.erase(i);
  // Rooms are many, and mostly nobody is entering.
  if (entering_.empty())
    entering_.shrink_to_fit();
  promise.deliver(caf::strong_actor_ptr{ctrl()});
  for (const auto& x : missed)
    send(members_.back().who, deliver_atom_v, x);
  serve_line();
}

void room::not_seated(session_id id, const caf::error& why,
                      entry_promise promise) {
  --asks_under_way_;
  if (auto i = find(entering_, id); i != entering_.end())
    entering_.erase(i);
  const auto reason = ec_of(why);
  promise.deliver(error_of(reason));
  // What one of them was told of the room, or of the backplane, holds for those
  // in line too.
  if (reason == ec::room_full || reason == ec::backplane_unavailable)
    refuse_line(reason);
  serve_line();
  retire_if_empty();
}

// -- talking ------------------------------------------------------------------

void room::relay(session_id from, const batch_ptr& batch) {
  auto admitted = admit(from, batch);
  if (!admitted)
    return;
  count(*admitted);
  deliver_to_others(from, admitted);
  if (is_remote_possible_)
    send(home_.backplane, spread_atom_v, name_, from, admitted);
  home_.figures.fanout_latency.observe(home::clock::now() - batch->taken_up);
}

// The part of the batch that RATE_LIMIT_ROOM_MSGS_PER_10S admits: all of it, a
// prefix, or null.
batch_ptr room::admit(session_id from, const batch_ptr& batch) {
  const auto now = home_.now_seconds();
  std::uint32_t admitted = 0;
  while (admitted < batch->messages && bucket_.try_take(home_.room_rate, now))
    ++admitted;
  if (admitted == batch->messages)
    return batch;
  home_.figures.count_rate_drops(message_limit::room,
                                 batch->messages - admitted);
  if (auto line = drop_log.try_acquire(home_.turn_start); line.is_granted)
    log::info("actors", "messages over the room's limit are dropped",
              {{"room", name_}, {"suppressed_lines", line.suppressed}});
  tell_dropped(from, batch, admitted);
  if (admitted == 0)
    return nullptr;
  auto result = std::make_shared<relay_batch>();
  result->frames = batch->frames.substr(0,
                                        prefix_size(batch->frames, admitted));
  result->messages = admitted;
  result->kinds = batch->kinds.substr(0, admitted);
  result->taken_up = batch->taken_up;
  return result;
}

// For its flight recorder.
void room::tell_dropped(session_id from, const batch_ptr& batch,
                        std::uint32_t admitted) {
  if constexpr (SIGNALBOX_STATISTICS)
    if (auto i = find(members_, from); i != members_.end())
      send(i->who, dropped_atom_v, batch, admitted);
}

void room::count(const relay_batch& batch) noexcept {
  messages_ += batch.messages;
  bytes_ += batch.frames.size();
}

void room::deliver(const member& to, const batch_ptr& batch) {
  if (!to.near || !to.near->deliver_now(*batch))
    send(to.who, deliver_atom_v, batch);
}

void room::deliver_to_others(session_id from, const batch_ptr& batch) {
  for (const auto& x : members_)
    if (x.id != from)
      deliver(x, batch);
}

// Its messages count against the room's limit, but were admitted where they
// came from: they are never dropped here.
void room::deliver_from_elsewhere(const batch_ptr& batch) {
  bucket_.charge(home_.room_rate, batch->messages, home_.now_seconds());
  count(*batch);
  for (const auto& x : members_)
    deliver(x, batch);
  for (auto& x : entering_)
    if (x.missed.size() < missed_batches_max)
      x.missed.push_back(batch);
}

// -- leaving ------------------------------------------------------------------

// The session leaves because of it, and so the others hear of it.
void room::end_member(session_id id, ec why) {
  if (auto i = find(members_, id); i != members_.end())
    send(i->who, end_atom_v, why);
}

// Also when nobody is left: what was given back to its predecessor may not have
// reached Redis.
void room::tell_backplane() {
  if (!is_clustered() || !home_.backplane)
    return;
  session_ids ids;
  for (const auto& x : members_)
    ids.push_back(x.id);
  is_remote_possible_ = true;
  send(home_.backplane, adopt_atom_v, name_, self_handle(), std::move(ids));
  retire_if_empty();
}

void room::leave(session_id id) {
  if (auto i = find(members_, id); i != members_.end()) {
    members_.erase(i);
    deliver_to_others(id, peer_disconnected_batch());
    vacate(id);
  } else if (auto j = find(entering_, id); j != entering_.end()) {
    entering_.erase(j);
  } else if (auto k = find(line_, id); k != line_.end()) {
    k->promise.deliver(error_of(ec::internal));
    line_.erase(k);
  }
  serve_line();
  retire_if_empty();
}

// Its seat goes back.
void room::vacate(session_id id) {
  if (is_clustered() && home_.backplane)
    send(home_.backplane, vacate_atom_v, name_, id);
}

// Not between two backplanes: the next one is to hear that nobody is here.
void room::retire_if_empty() {
  if (members_.empty() && asks_under_way_ == 0
      && (home_.backplane || !is_clustered()))
    send(directory_, retire_atom_v, name_, enters_seen_);
}

// By the directory's exit message after a retirement, with nobody here; or
// because this room or its directory failed, and then its members must not be
// left in it. A room that failed by itself has its directory told with nobody
// here, too: who comes next needs another one.
void room::on_exit() {
  home_.figures.rooms.subtract();
  const auto& reason = fail_state();
  const auto was_told_to = !reason || reason.category() == caf::atom("exit");
  if (was_told_to && members_.empty() && asks_under_way_ == 0)
    return;
  const auto turn_out = [this](const member& x) {
    send(x.who, end_atom_v, ec::internal);
    // Behind the ask, if that is still under way.
    vacate(x.id);
  };
  std::for_each(members_.begin(), members_.end(), turn_out);
  std::for_each(entering_.begin(), entering_.end(), turn_out);
  send(directory_, failed_atom_v, name_);
  for (const auto& x : line_)
    send(x.who, end_atom_v, ec::internal);
  members_.clear();
  entering_.clear();
  line_.clear();
}

} // namespace signalbox
