// What the backplane keeps of one room: who sits in it here, whether this node
// hears it, and what it knows of the others. Plain state; the rules are the
// backplane's.

#pragma once

#include "actors/protocol.hpp"
#include "backplane/room_mirror.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace signalbox {

struct redis_server;

struct redis_room {
  using time_point = std::chrono::steady_clock::time_point;

  /// waiting (for the subscription's confirmation) -> joining (the script is
  /// under way) -> seated.
  enum class phase : std::uint8_t { waiting, joining, seated };

  struct seat {
    session_id who;
    phase state = phase::waiting;
    /// It left while joining: its seat goes back when the answer is there.
    bool has_left = false;
    /// Its slot is on its way to another server, which is nobody's failure.
    bool is_put_off = false;
    time_point deadline{};
    caf::typed_response_promise<bool> promise;
  };

  enum class subscription : std::uint8_t { none, asked, confirmed };

  /// `room:ID`: the set of members, and the channel.
  std::string key;
  /// Null once nobody sits here.
  room_actor actor;
  std::vector<seat> seats;
  room_mirror mirror;
  /// Which server has it; null while none is known to.
  redis_server* server = nullptr;
  subscription subscribed = subscription::none;
  /// What the room was told last.
  bool is_remote_told = true;
  /// Its seats here and in Redis may differ.
  bool needs_reconcile = false;
  bool is_in_line = false;
  /// A read of the set, alone or with a reconciliation, is under way.
  bool is_reading = false;
  bool is_reconciling = false;
  /// Rises with everything that makes an answer under way worthless.
  std::uint64_t epoch = 0;
  /// Members whose join may have run or may still, unseen by us, and which no
  /// compensation that is under way takes back.
  std::vector<std::string> strays;
  bool is_compensating = false;
  /// Not to be mended before.
  time_point mend_after{};
  /// When its TTL is to be renewed.
  time_point renew_at{};
  /// Since when nobody sits here.
  time_point empty_since{};
  /// What was heard in this event: frames for the members.
  std::shared_ptr<relay_batch> heard;

  seat* find(session_id who) noexcept {
    for (auto& x : seats)
      if (x.who == who)
        return &x;
    return nullptr;
  }

  void remove(session_id who) {
    std::erase_if(seats, [who](const seat& x) { return x.who == who; });
  }

  bool is_anyone(phase state) const noexcept {
    return std::any_of(seats.begin(), seats.end(),
                       [state](const seat& x) { return x.state == state; });
  }

  /// Nothing that was learnt before counts any more.
  void forget_others() {
    mirror.reset();
    is_reading = false;
    is_reconciling = false;
    ++epoch;
  }

  /// Nobody sits here any more. Whoever comes next has met none of the others,
  /// and is told no leave of theirs.
  void start_over() {
    needs_reconcile |= is_reconciling;
    forget_others();
    mirror = {};
  }
};

} // namespace signalbox
