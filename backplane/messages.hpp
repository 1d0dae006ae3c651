// What a shard's Redis actors say to each other, and who listens: the backplane
// that speaks for the rooms, and the two connections to each Redis server.

#pragma once

#include "actors/protocol.hpp"
#include "backplane/resp.hpp"
#include "backplane/scripts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace signalbox {

/// A Redis server as the backplane of one shard counts them; never reused.
struct server_id {
  std::uint32_t value = 0;
  friend bool operator==(server_id, server_id) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, server_id& x) {
  return f(caf::meta::type_name("server_id"), x.value);
}

/// A command whose reply is wanted.
struct redis_command {
  /// A script of ours, or nothing: then `words` are the whole command.
  std::optional<script_id> script;
  /// How many of `words` are the script's keys.
  std::size_t keys = 0;
  std::vector<std::string> words;
  /// To a server that is taking over the slot (Redis Cluster's ASKING).
  bool is_asking = false;
};

using command_ptr = std::shared_ptr<const redis_command>;

/// What became of a command.
struct redis_outcome {
  enum class kind : std::uint8_t {
    /// `reply` is there; it may be an error of Redis'.
    answered,
    /// It was never written: it will not run.
    unsent,
    /// It was written, and no reply came in time: it may have run, or may
    /// still.
    lost,
  };

  kind type = kind::unsent;
  resp_value reply;

  bool is_answered() const noexcept {
    return type == kind::answered && !reply.is_error();
  }
};

using outcome_ptr = std::shared_ptr<const redis_outcome>;

/// What a subscriber connection heard in one event, in order.
struct heard_event {
  enum class kind : std::uint8_t {
    message,
    /// The subscription to `channel` is confirmed.
    subscribed,
    /// The server ended it: the channel's slot moved away.
    unsubscribed,
    /// The key named by `text` was changed by somebody else.
    invalidated,
    /// Any key may have been.
    all_invalidated,
    /// A subscription was refused with this error.
    refused,
  };

  kind type = kind::message;
  std::string channel;
  std::string text;
};

using heard_ptr = std::shared_ptr<const std::vector<heard_event>>;

} // namespace signalbox

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::command_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::heard_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::wire_target)

CAF_BEGIN_TYPE_ID_BLOCK(signalbox_backplane, caf::first_custom_type_id + 100)

// Atom texts hold at most ten characters (CAF 0.17 packs them in 64 bits).
CAF_ADD_ATOM(signalbox_backplane, signalbox, target_atom, "target")
CAF_ADD_ATOM(signalbox_backplane, signalbox, run_atom, "run")
CAF_ADD_ATOM(signalbox_backplane, signalbox, publish_atom, "publish")
CAF_ADD_ATOM(signalbox_backplane, signalbox, channel_atom, "channel")
CAF_ADD_ATOM(signalbox_backplane, signalbox, hush_atom, "hush")
CAF_ADD_ATOM(signalbox_backplane, signalbox, renew_atom, "renew")
CAF_ADD_ATOM(signalbox_backplane, signalbox, up_atom, "up")
CAF_ADD_ATOM(signalbox_backplane, signalbox, heard_atom, "heard")
CAF_ADD_ATOM(signalbox_backplane, signalbox, moved_atom, "moved")

CAF_END_TYPE_ID_BLOCK(signalbox_backplane)

namespace signalbox {

/// The COMMANDS interface: one connection to one server, for commands.
using redis_commands_actor = caf::typed_actor<
  // Where the server is; connects there at once.
  caf::reacts_to<target_atom, wire_target>,
  // Runs the command within its deadline, in order with all others. Always
  // answered.
  caf::replies_to<run_atom, command_ptr>::with<outcome_ptr>,
  // Writes so many ready-made PUBLISH commands, in order with all others; what
  // cannot be written in time is dropped. That, and what Redis refuses, is
  // counted if the last says that somebody may miss it.
  caf::reacts_to<publish_atom, std::string, std::uint32_t, bool>,
  // Time passes.
  caf::reacts_to<beat_atom>,
  // Answers when nothing is under way any more.
  caf::replies_to<drain_atom>::with<drained_atom>>;

/// The SUBSCRIBER interface: one connection to one server, for subscriptions,
/// which it takes up again by itself.
using redis_subscriber_actor = caf::typed_actor<
  // Where the server is; connects there at once.
  caf::reacts_to<target_atom, wire_target>,
  // Subscribes; the backplane hears when that is confirmed, also again.
  caf::reacts_to<channel_atom, std::string>,
  // Unsubscribes.
  caf::reacts_to<hush_atom, std::string>,
  // It seems to be deaf: opens another connection.
  caf::reacts_to<renew_atom>,
  // Time passes.
  caf::reacts_to<beat_atom>>;

/// The BACKPLANE over Redis, as its own connections see it.
using redis_backplane_actor = backplane_actor::extend<
  // To itself: time passes.
  caf::reacts_to<beat_atom>,
  // The server's command connection is there, or not.
  caf::reacts_to<up_atom, server_id, bool>,
  // The server's subscriber connection is there, with this CLIENT ID; or, with
  // 0, it is not. The text is why it may not hear which keys are changed; empty
  // if it may.
  caf::reacts_to<up_atom, server_id, std::int64_t, std::string>,
  // What a subscriber connection heard.
  caf::reacts_to<heard_atom, server_id, heard_ptr>,
  // A publish was refused with this redirection (MOVED).
  caf::reacts_to<moved_atom, server_id, std::string>,
  // From the sentinel watch: where the server is now.
  caf::reacts_to<target_atom, wire_target>>;

} // namespace signalbox
