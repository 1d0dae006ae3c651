// A client's connection as an actor: judges what comes from the client, hands
// it to the room, and writes what the room delivers. The socket is a port here:
// net/websocket_session derives from this class and implements it.
//
//   handshaking --opened--> checking --token--> entering --room--> open
//        |                     |                   |                |
//        +---------- end ------+------- end -------+------ end -----+
//                                                                   |
//                                                 gone <-- closing <+
//
// Without tokens nothing is checked. Who has not entered touches no room.
// All of it runs on the home's thread. Invariants: the room hears one leave,
// after all that was received; nothing is written after the close frame; `end`
// and `closed` may be called any number of times, in any phase.

#pragma once

#include "actors/flight_recorder.hpp"
#include "actors/pinned.hpp"
#include "actors/session_pass.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace signalbox {

class room;

/// What the handshake found out about a client.
struct session_start {
  std::string room;
  dialect talks = dialect::base;
  /// Not `none`: close it right after the upgrade, it joins nothing.
  ec refusal = ec::none;
  ip_address client;
  /// Empty once the session is refused, or if its address was.
  address_lease lease;
  /// Empty in one that is refused while too many are.
  connection_place place;
  /// Null where no token is asked for.
  std::unique_ptr<session_pass> pass;
};

class session : public pinned<session_actor>, public timer_entry {
public:
  session(caf::actor_config& config, home& where, session_start start);

  session_id id() const noexcept { return id_; }

  /// Its home's list, in the order they came.
  static session* first_of(home& where) noexcept {
    return static_cast<session*>(where.actors.first(actor_kind::session));
  }

  session* next_sibling() const noexcept {
    return static_cast<session*>(next_of_kind());
  }

  bool is_closing() const noexcept { return phase_ >= phase::closing; }

  // -- called by the transport ------------------------------------------------

  /// The upgrade was answered.
  void opened();

  /// One whole message of the client. Hot path.
  void receive(std::string_view text);

  /// The socket event is over: hands its messages to the room, and judges
  /// whether the client reads what it is sent.
  void event_over();

  /// The client answered a ping.
  void pong_received() noexcept;

  /// The client broke the protocol and was told so: leaves the room, and waits
  /// for the socket to be closed.
  void broken();

  /// The socket is about to be closed: leaves the room, after passing on what
  /// is still pending.
  void closed();

  // -- called by its room -----------------------------------------------------

  /// As its message of that name, without a mailbox; false, and nothing is
  /// done, if the session is not idle.
  bool deliver_now(const relay_batch& batch) {
    return act_now<deliver_atom>([&] { deliver(batch); });
  }

  // -- called by the caretaker, and by the transport --------------------------

  /// Ends the session with the close code of `reason`.
  void end(ec reason);

  /// Closes the socket at once. Calls `closed`.
  virtual void drop() = 0;

  // -- for who looks inside ---------------------------------------------------

  session_facts facts() const;

  session_details details() const { return {facts(), recorder_.events()}; }

  actor_label label() const noexcept override { return {start_.room, id_}; }

  /// What may be looked for with a filter.
  bool mentions(std::string_view text) const;

  /// In and out together.
  std::uint64_t messages() const noexcept {
    return traffic_.messages_in + traffic_.messages_out;
  }

  std::uint64_t bytes() const noexcept {
    return traffic_.bytes_in + traffic_.bytes_out;
  }

  /// The room it is a member of; 0 if none.
  caf::actor_id room_actor_id() const noexcept {
    return room_ ? room_.id() : 0;
  }

  /// Bytes of output not yet written.
  virtual std::size_t unsent_bytes() const noexcept = 0;

  // -- called by the client's dialect -----------------------------------------

  /// The client shows another token. Its fate is told by `refreshed`, unless
  /// still another one is shown before; until then, and if it is refused, the
  /// last good one counts.
  void refresh(std::string token);

protected:
  // -- what a dialect may have to say -----------------------------------------
  // The base dialect has no words for any of this.

  /// The session ends soon, unless it is refreshed.
  virtual void token_expires_in(std::chrono::milliseconds) {}

  /// What was thought of the token of `refresh`: `none`, or why not.
  virtual void refreshed(ec) {}

  // -- the transport ----------------------------------------------------------

  /// Appends whole frames to the output, which is written at the turn's end.
  virtual void write(std::string_view frames) = 0;

  /// Writes output now; returns the bytes the kernel refused.
  virtual std::size_t flush() = 0;

  /// Writes a close frame; whatever is written later is thrown away.
  virtual void write_close(close_reason reason) = 0;

  /// Reads from the client from now on, until the socket is closed.
  virtual void start_reading() = 0;

  // -- the actor --------------------------------------------------------------

  behavior_type make_behavior() override;

  bool handle_at_once(caf::mailbox_element& x) override;

  void on_exit() override;

  // Its socket may have to be closed still, see `closed`; or it was before the
  // actor had begun, which has listed it once more.
  void ended() noexcept override {
    if (phase_ == phase::gone)
      unlist();
  }

private:
  friend session_pass;

  enum class phase : std::uint8_t {
    handshaking,
    checking,
    entering,
    open,
    closing,
    gone
  };

  /// For all sessions of the shard.
  static behavior_type handlers(home& where);

  void enter();
  void judge_token(key_wish wish);
  void await_keys();
  void keys_awaited();
  void count_refusal(const token_verdict& verdict);
  void start_pass_timer();
  void pass_due();
  void enter_room();
  void entered(room_actor room);
  void deliver(const relay_batch& batch);
  void dropped(const relay_batch& batch, std::uint32_t passed_on) noexcept;
  void refuse_message(const verdict& why);
  void begin_batch();
  void pass_on_batch();
  void reuse(batch_ptr batch) noexcept;
  void leave_room();
  bool move_to_refused() noexcept;
  void judge_output();
  void expired() override;
  void ping();
  session_state state() const noexcept;
  void record(event_kind kind, std::uint8_t detail = 0,
              std::size_t bytes = 0) noexcept;
  void record_delivery(const relay_batch& batch) noexcept;

  const session_id id_;
  phase phase_ = phase::handshaking;
  bool is_pong_due_ = false;
  session_start start_;
  room_actor room_;
  /// The same, to talk to without a mailbox; null if it is no neighbour.
  room* near_room_ = nullptr;
  std::shared_ptr<relay_batch> batch_;
  token_bucket bucket_;

  struct {
    std::uint64_t messages_in = 0;
    std::uint64_t messages_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  } traffic_;
  flight_recorder recorder_;
  /// The epoch if there was none yet.
  home::clock::time_point last_pong_;
};

} // namespace signalbox
