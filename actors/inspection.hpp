// What can be asked about the actors of a node, and what is answered. Each
// shard's inspector answers for its own shard; `merge` makes one answer of
// theirs. All of it is copied out: nothing here points into an actor.

#pragma once

#include "actors/flight_recorder.hpp"
#include "actors/messages.hpp"
#include "actors/statistics.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace signalbox {

// -- what is asked ------------------------------------------------------------

/// What a list is ordered by: `id` ascending; all others the largest, or
/// oldest, first, and those that are equal by id.
enum class list_order : std::uint8_t {
  id,
  /// In and out together.
  messages,
  bytes,
  unsent,
  age,
  mailbox_now,
  mailbox_max,
  handled,
  handling_time,
  restarts,
};

/// An item's place in the order.
struct list_position {
  /// What it is ordered by, the largest first; 0 if that is the id.
  std::uint64_t rank = 0;
  /// A room's name; else empty.
  std::string name;
  /// A session's or an actor's id; else 0.
  std::uint64_t id = 0;
};

/// Whether `a` comes before `b` in a list.
bool is_before(const list_position& a, const list_position& b) noexcept;

struct list_request {
  /// Only those that hold this text somewhere; empty = all.
  std::string filter;
  list_order order = list_order::id;
  std::size_t items_max = 100;
  /// Only what comes behind it.
  std::optional<list_position> after;
};

struct list_sessions {
  list_request list;
};

struct list_rooms {
  list_request list;
};

struct list_actors {
  list_request list;
  std::optional<actor_kind> kind;
};

struct find_session {
  session_id id;
};

struct find_room {
  std::string name;
};

struct find_actor {
  caf::actor_id id;
};

/// Ends the session with ec::kicked.
struct kick_session {
  session_id id;
  /// Who wants it, for the log.
  std::string from = {};
};

/// Ends the room's sessions on this node with ec::room_closed.
struct close_room {
  std::string name;
  /// Likewise.
  std::string from = {};
};

using inquiry =
  std::variant<list_sessions, list_rooms, list_actors, find_session, find_room,
               find_actor, kick_session, close_room>;

using inquiry_ptr = std::shared_ptr<const inquiry>;

// -- what is answered ---------------------------------------------------------

enum class session_state : std::uint8_t {
  handshaking,
  checking,
  entering,
  open,
  closing,
};

struct session_facts {
  session_id id;
  caf::actor_id actor = 0;
  std::uint32_t shard = 0;
  session_state state = session_state::handshaking;
  dialect talks = dialect::base;
  std::string room;
  ip_address client;
  std::string subject;
  std::chrono::nanoseconds age{};
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t unsent_bytes = 0;
  /// Nothing if it has never ponged.
  std::optional<std::chrono::nanoseconds> since_pong;
};

struct room_facts {
  std::string name;
  caf::actor_id actor = 0;
  std::uint32_t shard = 0;
  /// On this node.
  std::uint64_t members = 0;
  bool has_remote = false;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unsent_bytes = 0;
  std::chrono::nanoseconds age{};
};

struct actor_facts {
  caf::actor_id id = 0;
  actor_kind kind = actor_kind::session;
  std::uint32_t shard = 0;
  /// Of a session.
  std::optional<session_id> session;
  /// Of a room, or a session.
  std::string room;
  std::uint64_t mailbox_now = 0;
  std::uint64_t mailbox_max = 0;
  std::uint64_t handled = 0;
  std::chrono::nanoseconds handling_time{};
  std::chrono::nanoseconds age{};
  std::uint64_t restarts = 0;
};

/// All actors of one kind.
struct kind_facts {
  std::uint64_t count = 0;
  std::uint64_t mailbox_now = 0;
  std::uint64_t mailbox_max = 0;
  /// By those that have ended, too; so is the time.
  std::uint64_t handled = 0;
  std::chrono::nanoseconds handling_time{};
  std::uint64_t restarts = 0;
};

/// `mailbox_max` is the highest of both.
kind_facts operator+(const kind_facts& a, const kind_facts& b) noexcept;

using all_kinds = std::array<kind_facts, actor_kinds>;

template <class Facts>
struct page_of {
  /// In order; one shard's answer has as many as were asked for, if it can.
  std::vector<Facts> items;
  /// Where each of them stands in the order.
  std::vector<list_position> places;
  /// All that the filter lets through, on this page or not.
  std::uint64_t total = 0;
  /// Nothing on the last page.
  std::optional<list_position> next;
};

using sessions_page = page_of<session_facts>;

using rooms_page = page_of<room_facts>;

struct actors_page : page_of<actor_facts> {
  all_kinds by_kind{};
};

struct session_details {
  session_facts facts;
  /// Oldest first.
  std::vector<recorded_event> events;
};

struct room_details {
  static constexpr std::size_t members_shown_max = 1000;

  room_facts facts;
  /// The oldest of them.
  std::vector<session_facts> members;
};

struct actor_details {
  actor_facts facts;
  /// Messages by their first word, as often as they were handled.
  std::vector<std::pair<std::string, std::uint64_t>> handled_by_type;
  handling_histogram histogram{};
};

struct kicked_session {
  session_id id;
  std::string room;
};

struct closed_room {
  std::string name;
  std::uint64_t sessions = 0;
  /// Members on other nodes are still there.
  bool has_remote = false;
};

/// There is none of that id, or name.
struct not_found {};

using findings = std::variant<not_found, sessions_page, rooms_page, actors_page,
                              session_details, room_details, actor_details,
                              kicked_session, closed_room>;

/// Who gets it is the only one who has it.
using findings_ptr = std::shared_ptr<findings>;

/// One answer of all shards' answers to `question`: the first that is not
/// `not_found`; pages are merged in order and cut to `items_max`. Moves what it
/// takes out of `parts`, which may hold null.
findings merge(const inquiry& question, const std::vector<findings_ptr>& parts);

// -- the cluster --------------------------------------------------------------

struct cluster_node {
  std::string id;
  bool is_self = false;
  bool is_alive = true;
  /// Shards of it that hold a lease.
  std::uint32_t shards = 0;
  /// Until the earliest of its leases runs out; negative: since the last has.
  /// Nothing on a standalone node.
  std::optional<std::chrono::milliseconds> lease;
};

/// The answering node first, then by id.
using cluster_nodes = std::vector<cluster_node>;

using cluster_ptr = std::shared_ptr<const cluster_nodes>;

} // namespace signalbox

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::inquiry_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::findings_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signalbox::cluster_ptr)
