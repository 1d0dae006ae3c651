// Who listens to what: the typed interface of every actor. A message finds its
// way through them in this order: session, room, (backplane,) session.

#pragma once

#include "actors/inspection.hpp"
#include "actors/messages.hpp"

namespace signalbox {

/// The SESSION interface: one client's connection.
using session_actor = caf::typed_actor<
  // Appends the batch's frames to the client's output. A receiver that is over
  // its backpressure threshold is closed instead. Ignored once it is closing.
  caf::reacts_to<deliver_atom, batch_ptr>,
  // From its room: over the room's limit, of this batch of its own only the
  // first so many messages were passed on.
  caf::reacts_to<dropped_atom, batch_ptr, std::uint32_t>,
  // Ends the session with the close code of this error; only once.
  caf::reacts_to<end_atom, ec>,
  // To itself: the handshake was answered, now enter the room.
  caf::reacts_to<opened_atom>,
  // To itself: the socket is closed, now finish.
  caf::reacts_to<gone_atom>>;

/// The ROOM interface: the members on this node of one room.
using room_actor = caf::typed_actor<
  // Takes a seat for the session, in a cluster by asking the backplane, and
  // answers with the room. Fails with ec::room_full or
  // ec::backplane_unavailable.
  caf::replies_to<enter_atom, session_id,
                  session_actor>::with<caf::strong_actor_ptr>,
  // Frees the seat and tells the others; unknown sessions are ignored (a leave
  // races with the session's end).
  caf::reacts_to<leave_room_atom, session_id>,
  // Delivers the batch to every member but the sender.
  caf::reacts_to<relay_atom, session_id, batch_ptr>,
  // From the backplane: delivers what members on other nodes sent, and their
  // leaves, to every member.
  caf::reacts_to<deliver_atom, batch_ptr>,
  // From the backplane: whether members on other nodes may have to hear what is
  // said here.
  caf::reacts_to<remote_atom, bool>,
  // From the backplane: the member's seat is lost. Ends its session with this
  // error.
  caf::reacts_to<end_atom, session_id, ec>,
  // There is a new backplane, which knows nothing: in a cluster tells it the
  // members.
  caf::reacts_to<reseat_atom>>;

/// The ROOM DIRECTORY interface: one a shard, knows the rooms at home there. If
/// it fails, its rooms end with it, and the supervisor starts another.
using room_directory_actor = caf::typed_actor<
  // Spawns the room if there is none and passes the request on to it.
  caf::replies_to<enter_atom, std::string, session_id,
                  session_actor>::with<caf::strong_actor_ptr>,
  // Passes a leave on, for a session that does not know its room yet.
  caf::reacts_to<leave_room_atom, std::string, session_id>,
  // A room says that it is empty, having seen this many `enter`s. It is ended
  // unless another one is still on its way to it.
  caf::reacts_to<retire_atom, std::string, std::uint64_t>,
  // A room ended by itself: the next `enter` finds a new one.
  caf::reacts_to<failed_atom, std::string>,
  // Passed on to every room.
  caf::reacts_to<reseat_atom>>;

/// The BACKPLANE interface: one a shard, speaks for the rooms at home there
/// with the other nodes. The embedded variant has no other nodes.
using backplane_actor = caf::typed_actor<
  // Takes a seat in the room across all nodes, capacity checked. Answers
  // whether members on other nodes may have to hear the room's messages; the
  // room is told when that changes. Fails with ec::room_full or
  // ec::backplane_unavailable.
  caf::replies_to<seat_atom, std::string, room_actor, session_id>::with<bool>,
  // Gives the seat back and tells the other nodes.
  caf::reacts_to<vacate_atom, std::string, session_id>,
  // Hands the batch to the other nodes that host the room.
  caf::reacts_to<spread_atom, std::string, session_id, batch_ptr>,
  // From a room that had members before this backplane started: they keep
  // their seats as far as the capacity allows.
  caf::reacts_to<adopt_atom, std::string, room_actor, session_ids>,
  // An upgrade from this address was admitted here, for the limit across nodes.
  caf::reacts_to<admitted_atom, ip_address>,
  // From the supervisor: the circuit's trial is due. Its outcome is reported.
  caf::reacts_to<probe_atom>,
  // The nodes of the cluster. Answers within a second.
  caf::replies_to<cluster_atom>::with<cluster_ptr>,
  // Answers when what was asked of it has been done, or cannot be.
  caf::replies_to<drain_atom>::with<drained_atom>>;

/// The INSPECTOR interface: one a shard, answers what is asked about the actors
/// at home there.
using inspector_actor = caf::typed_actor<
  // Answers when it has looked at all it needs to: a little in each turn of the
  // shard, so that nobody waits for it.
  caf::replies_to<look_atom, inquiry_ptr>::with<findings_ptr>,
  // To itself: the next turn has begun.
  caf::reacts_to<go_on_atom>>;

using inspectors_ptr = std::shared_ptr<const std::vector<inspector_actor>>;

/// The KEY KEEPER interface: one a node whose tokens are signed by an issuer.
using key_keeper_actor = caf::typed_actor<
  // Answers when the keys are as fresh as they may be now: after a fetch, which
  // all who ask meanwhile share, or at once if none is due.
  caf::replies_to<freshen_atom>::with<fresh_atom>>;

/// The CARETAKER interface: one a shard, turns the shard's timer wheel and
/// closes its sessions in a drain.
using caretaker_actor = caf::typed_actor<
  // One beat of the supervisor's clock.
  caf::reacts_to<beat_atom>,
  // Who keeps the issuer's keys from now on, for the shard's sessions.
  caf::reacts_to<keeper_atom, key_keeper_actor>,
  // Closes the shard's sessions, spread over this time, and answers when the
  // last one is gone.
  caf::replies_to<drain_atom, caf::timespan>::with<drained_atom>,
  // Closes no more of them; the drain's request is answered.
  caf::reacts_to<cancel_atom>>;

/// The SUPERVISOR interface: one a node.
using supervisor_actor = caf::typed_actor<
  // To itself: the heartbeat's next tick.
  caf::reacts_to<beat_atom>,
  // An actor of this kind failed with this reason.
  caf::reacts_to<failed_atom, actor_kind, caf::error>,
  // Outcome of a backplane command, for the circuit breaker.
  caf::reacts_to<health_atom, backplane_event>,
  // Whether this shard's backplane can be reached, for readiness.
  caf::reacts_to<health_atom, std::uint32_t, bool>,
  // Readiness off, then every session closed; answers when all are gone. The
  // second request is answered together with the first. For good: it is not
  // cancelled.
  caf::replies_to<drain_atom>::with<drained_atom>,
  // From an admin at this address: starts the same, if it has not begun, or
  // takes it back, if an admin began it.
  caf::replies_to<drain_atom, drain_action, std::string>::with<drain_outcome>,
  // The inspectors there are, by shard.
  caf::replies_to<look_atom>::with<inspectors_ptr>,
  // The nodes of the cluster, as the first shard's backplane sees them.
  caf::replies_to<cluster_atom>::with<cluster_ptr>>;

} // namespace signalbox

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::inspectors_ptr)
