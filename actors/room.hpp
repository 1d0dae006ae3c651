// A room: the members on this node, who hear each other. Spawned by the room
// directory for the first of them, ended by it after the last. The room never
// waits: while the backplane is asked for a seat, the others go on talking.
// Invariant: every seat taken in the backplane is given back once, and every
// member's leave is told once.

#pragma once

#include "actors/pinned.hpp"

#include <string>
#include <vector>

namespace signalbox {

class session;

class room : public pinned<room_actor> {
public:
  room(caf::actor_config& config, home& where, std::string name,
       room_directory_actor directory);

  // -- called by its members --------------------------------------------------

  /// As its message of that name, without a mailbox; false, and nothing is
  /// done, if the room is not idle.
  bool relay_now(session_id from, const batch_ptr& batch) {
    return act_now<relay_atom>([&] { relay(from, batch); });
  }

  // -- for who looks inside ---------------------------------------------------

  const std::string& room_name() const noexcept { return name_; }

  std::uint64_t messages() const noexcept { return messages_; }

  std::uint64_t bytes() const noexcept { return bytes_; }

  actor_label label() const noexcept override { return {name_}; }

  /// All but `unsent_bytes`, which its members' sessions know.
  room_facts facts() const;

  /// Ends the sessions of all members here, and of those entering, with
  /// ec::room_closed.
  closed_room close();

protected:
  behavior_type make_behavior() override;

  bool handle_at_once(caf::mailbox_element& x) override;

  void on_exit() override;

private:
  struct member {
    session_id id;
    session_actor who;
    /// The same, to talk to without a mailbox; null if it is no neighbour.
    session* near = nullptr;
  };

  /// One for whom the backplane was asked and has not answered yet.
  struct entrant : member {
    /// What members on other nodes said meanwhile: they may know of it before
    /// the answer is here.
    std::vector<batch_ptr> missed;
  };

  using entry_promise = caf::typed_response_promise<caf::strong_actor_ptr>;

  /// One for whom the backplane is asked when there may be a seat.
  struct waiting : member {
    entry_promise promise;
  };

  /// For all rooms of the shard.
  static behavior_type handlers(home& where);

  /// Whether seats are the backplane's to give. On a node of its own the room's
  /// count of its members is all there is to know.
  bool is_clustered() const noexcept { return home_.node.is_clustered; }

  caf::result<caf::strong_actor_ptr> enter(session_id id,
                                           const session_actor& who);
  bool may_ask() const noexcept;
  void ask(member who, entry_promise promise);
  void serve_line();
  void refuse_line(ec why);
  void seated(session_id id, bool is_remote_possible, entry_promise promise);
  void not_seated(session_id id, const caf::error& why, entry_promise promise);
  void leave(session_id id);
  void vacate(session_id id);
  void relay(session_id from, const batch_ptr& batch);
  batch_ptr admit(session_id from, const batch_ptr& batch);
  void tell_dropped(session_id from, const batch_ptr& batch,
                    std::uint32_t admitted);
  void count(const relay_batch& batch) noexcept;
  void deliver(const member& to, const batch_ptr& batch);
  void deliver_to_others(session_id from, const batch_ptr& batch);
  void deliver_from_elsewhere(const batch_ptr& batch);
  void end_member(session_id id, ec why);
  void tell_backplane();
  void retire_if_empty();

  const std::string name_;
  /// The one that spawned it: a room does not outlive it.
  const room_directory_actor directory_;
  std::vector<member> members_;
  std::vector<entrant> entering_;
  /// Empty if `may_ask`. First come, first served.
  std::vector<waiting> line_;
  /// Asks of the backplane not yet answered: those entering, and those who left
  /// meanwhile and whose seat goes back with the answer.
  std::size_t asks_under_way_ = 0;
  std::uint64_t enters_seen_ = 0;
  token_bucket bucket_;
  /// Whether members on other nodes may have to hear what is said here.
  bool is_remote_possible_ = false;
  /// Passed on, those of other nodes included.
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

} // namespace signalbox
