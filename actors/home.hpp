// What the actors of one shard share. Everything here is touched by the shard's
// own thread only, except `figures` (read anywhere) and `node` (atomics).

#pragma once

#include "actors/actor_registry.hpp"
#include "actors/figures.hpp"
#include "actors/node_state.hpp"
#include "actors/protocol.hpp"
#include "actors/timer_wheel.hpp"
#include "actors/token_bucket.hpp"
#include "actors/token_judge.hpp"
#include "actors/turn_share.hpp"
#include "actors/wire.hpp"
#include "schema/validator.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>

namespace signalbox {

struct home {
  using clock = std::chrono::steady_clock;

  /// `execution_unit` runs the actors; `turn_start` is the time that counts
  /// during a turn. Both outlive the home.
  home(node_state& node, caf::execution_unit* execution_unit,
       const clock::time_point& turn_start, std::uint32_t shard_index);

  /// The shard as CAF sees it; null under CAF's test coordinator.
  caf::execution_unit* unit;

  const clock::time_point& turn_start;
  std::uint32_t shard;
  node_state& node;
  const options& settings;

  signalbox::figures figures;

  /// How the shard's thread spends its time; set by the node before the shard
  /// runs, null where there is no shard.
  const turn_figures* turns = nullptr;

  /// All actors at home here. Sessions are listed until their socket is closed,
  /// refused and closing ones included.
  actor_registry actors{figures};

  signalbox::handling_bounds handling_bounds = handling_bounds_in_ticks();

  /// What looking inside may take of a turn: the looks of the inspector, and
  /// what inquiries make of what was found.
  turn_share looking{std::chrono::microseconds{200}};
  turn_share telling{std::chrono::microseconds{200}};

  signalbox::validator validator;
  timer_wheel wheel;

  /// Opens connections to other servers from this shard's thread; set by the
  /// node before the shard runs, null where there is no network.
  wire_maker* wires = nullptr;

  /// Runs the function on this shard's thread in its next turn; set by the node
  /// before the shard runs, null where there are no turns.
  std::function<void(std::function<void()>)> in_next_turn;

  /// Judges the tokens of clients; set by the node before the shard runs, null
  /// where nobody needs one.
  const token_judge* tokens = nullptr;

  /// The time that tokens speak of.
  std::function<std::chrono::system_clock::time_point()> wall_now =
    std::chrono::system_clock::now;

  /// For jitter; nothing secret comes from it.
  std::minstd_rand random{std::random_device{}()};

  message_rate session_rate;
  message_rate room_rate;

  // -- the shard's subsystems ------------------------------------------------
  // Each writes its handle here when it starts.

  room_directory_actor directory;
  backplane_actor backplane;
  caretaker_actor caretaker;
  supervisor_actor supervisor;
  /// Null where no keys have to be fetched.
  key_keeper_actor key_keeper;

  // -- shared by actors of a kind ---------------------------------------------

  /// Whose message is being handled.
  actor_record* current = nullptr;

  /// What actors took that acted since the innermost turn began
  /// (`pinned::act_now`).
  std::uint64_t ticks_of_others = 0;

  /// A batch that has been delivered and that nobody holds any more, empty;
  /// null if there is none. The next one is made of it.
  std::shared_ptr<relay_batch> spare_batch;

  /// What handles the messages of all sessions, or rooms, made by the first of
  /// them: there are many, and it takes some hundred bytes.
  std::optional<session_actor::behavior_type> session_behavior;
  std::optional<room_actor::behavior_type> room_behavior;

  /// The turn's start in seconds of the steady clock, for token buckets.
  double now_seconds() const noexcept {
    return std::chrono::duration<double>(turn_start.time_since_epoch()).count();
  }

  /// Makes `entry` expire this long after the turn's start.
  void schedule(timer_entry& entry, std::chrono::milliseconds from_now) {
    wheel.set_now(turn_start);
    wheel.schedule(entry, from_now);
  }

  /// An id no other session of this process ever has.
  session_id next_session_id() noexcept {
    return session_id{(std::uint64_t{shard} << 48) | ++sessions_made_};
  }

private:
  std::uint64_t sessions_made_ = 0;
};

} // namespace signalbox
