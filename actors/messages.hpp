// The whole vocabulary actors speak, in one place: read this file to learn what
// can be said, then protocol.hpp to learn who listens. None of it leaves the
// process: the backplane has a wire format of its own.

#pragma once

#include "conf/address.hpp"
#include "schema/error.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

/// Process-unique, never reused, assigned when the session is made.
struct session_id {
  std::uint64_t value = 0;
  friend bool operator==(session_id, session_id) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, session_id& x) {
  return f(caf::meta::type_name("session_id"), x.value);
}

/// What one socket event brought from one sender: its messages as ready-made
/// WebSocket frames, encoded once and shared by every receiver. Immutable once
/// it was sent to a room, hence safe to share between shards; the sender may
/// use it again when nobody else holds it (`session::reuse`).
struct relay_batch {
  /// Whole frames, one after another, in the order they came.
  std::string frames;
  /// How many of them are clients' messages; 0 in a notice of the server's own.
  std::uint32_t messages = 0;
  /// What each of them is, for the flight recorder: the numbers of
  /// message_kind. Empty if they came from another node, which judged them.
  std::string kinds;
  /// When the event was taken up, for the fan-out histogram.
  std::chrono::steady_clock::time_point taken_up;
};

using batch_ptr = std::shared_ptr<const relay_batch>;

/// Which part failed, for the supervisor; the label of its counter.
enum class actor_kind : std::uint8_t {
  session,
  room,
  room_directory,
  caretaker,
  backplane,
  subscriber,
  /// Others that speak with Redis: commands, and who asks the sentinels.
  connection,
  supervisor,
  key_keeper,
  inspector,
  /// A question of an admin under way.
  inquiry,
};

inline constexpr std::size_t actor_kinds = 11;

std::string_view name_of(actor_kind kind) noexcept;

/// Whether a shard has one of this kind at most, which is started again when it
/// fails.
bool is_subsystem(actor_kind kind) noexcept;

/// What happened to the backplane, for the circuit breaker.
enum class backplane_event : std::uint8_t {
  /// A command or a probe was answered as it should.
  success,
  /// It failed or timed out.
  failure,
  /// It can be reached again after it could not: time for a trial.
  returned,
};

/// What an admin may want of a drain.
enum class drain_action : std::uint8_t { start, cancel };

/// What came of it.
enum class drain_outcome : std::uint8_t {
  started,
  was_under_way,
  cancelled,
  /// There is none to cancel.
  none,
  /// A signal began it, so the process ends: it cannot be cancelled.
  is_final,
};

/// Sessions of one room.
using session_ids = std::vector<session_id>;

/// An error between actors: `error`, in the category `signalbox`.
caf::error error_of(ec error, std::string context = {});

/// What an error between actors means to a client: itself if it is one of ours.
ec ec_of(const caf::error& error) noexcept;

} // namespace signalbox

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::session_ids)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::ip_address)

CAF_BEGIN_TYPE_ID_BLOCK(signalbox, caf::first_custom_type_id)

// Atom texts hold at most ten characters (CAF 0.17 packs them in 64 bits).

// -- sessions and rooms -------------------------------------------------------
CAF_ADD_ATOM(signalbox, signalbox, enter_atom, "enter")
CAF_ADD_ATOM(signalbox, signalbox, leave_room_atom, "leaveroom")
CAF_ADD_ATOM(signalbox, signalbox, relay_atom, "relay")
CAF_ADD_ATOM(signalbox, signalbox, deliver_atom, "deliver")
CAF_ADD_ATOM(signalbox, signalbox, dropped_atom, "dropped")
CAF_ADD_ATOM(signalbox, signalbox, end_atom, "end")
CAF_ADD_ATOM(signalbox, signalbox, opened_atom, "opened")
CAF_ADD_ATOM(signalbox, signalbox, gone_atom, "gone")
CAF_ADD_ATOM(signalbox, signalbox, retire_atom, "retire")

// -- tokens -------------------------------------------------------------------
CAF_ADD_ATOM(signalbox, signalbox, freshen_atom, "freshen")
CAF_ADD_ATOM(signalbox, signalbox, fresh_atom, "fresh")
CAF_ADD_ATOM(signalbox, signalbox, keeper_atom, "keeper")

// -- seats in the backplane ---------------------------------------------------
CAF_ADD_ATOM(signalbox, signalbox, seat_atom, "seat")
CAF_ADD_ATOM(signalbox, signalbox, vacate_atom, "vacate")
CAF_ADD_ATOM(signalbox, signalbox, spread_atom, "spread")
CAF_ADD_ATOM(signalbox, signalbox, remote_atom, "remote")
CAF_ADD_ATOM(signalbox, signalbox, reseat_atom, "reseat")
CAF_ADD_ATOM(signalbox, signalbox, adopt_atom, "adopt")
CAF_ADD_ATOM(signalbox, signalbox, admitted_atom, "admitted")
CAF_ADD_ATOM(signalbox, signalbox, probe_atom, "probe")

// -- looking inside -----------------------------------------------------------
CAF_ADD_ATOM(signalbox, signalbox, look_atom, "look")
CAF_ADD_ATOM(signalbox, signalbox, go_on_atom, "goon")
CAF_ADD_ATOM(signalbox, signalbox, cluster_atom, "cluster")

// -- life cycle ---------------------------------------------------------------
CAF_ADD_ATOM(signalbox, signalbox, beat_atom, "beat")
CAF_ADD_ATOM(signalbox, signalbox, drain_atom, "drain")
CAF_ADD_ATOM(signalbox, signalbox, drained_atom, "drained")
CAF_ADD_ATOM(signalbox, signalbox, cancel_atom, "cancel")
CAF_ADD_ATOM(signalbox, signalbox, failed_atom, "failed")
CAF_ADD_ATOM(signalbox, signalbox, health_atom, "health")

CAF_END_TYPE_ID_BLOCK(signalbox)
