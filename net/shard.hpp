// A shard: one thread that is the event loop of its sockets and the worker of
// its actors at once. Nothing here knows what the sockets or the actors do.
//
// One turn: wait for events; for each event let its source read, then run what
// it queued (completions first, then actors); then tasks from other threads,
// then timeouts that are due; then write out every output that has grown; then
// free what died.
//
// Unless said otherwise a member is for the shard's own thread. `post`, `stop`
// and `exec_later` may be called from any thread.

#pragma once

#include "net/descriptor.hpp"
#include "net/shard_inbox.hpp"
#include "net/task.hpp"
#include "net/turn_meter.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/simple_actor_clock.hpp>
#include <caf/execution_unit.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace signalbox {

/// What a descriptor's events are for. Must outlive the turn in which it was
/// unwatched: see shard::bury.
class event_source {
public:
  virtual ~event_source() = default;

  /// `events` as epoll(7) reports them.
  virtual void on_event(std::uint32_t events) = 0;
};

/// What collects output during a turn and writes it at its end, once.
class turn_output {
public:
  virtual void write_out() = 0;

protected:
  ~turn_output() = default;
};

class shard final : public caf::execution_unit {
public:
  using clock = std::chrono::steady_clock;

  /// Size of the buffers below: no event is read in larger pieces.
  static constexpr std::size_t buffer_bytes = 64 * 1024;

  /// Throws std::system_error if the kernel refuses an epoll, event or timer
  /// descriptor.
  shard(caf::actor_system& system, std::uint32_t index);
  ~shard() override;

  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  /// The shard whose thread this is, or null.
  static shard* current() noexcept;

  std::uint32_t index() const noexcept { return index_; }

  // -- running ----------------------------------------------------------------

  /// Turns until `stop`, on the calling thread, which is the shard's from then
  /// on; then until nothing moves.
  void run();

  /// Makes `run` return.
  void stop();

  /// Runs `f` on the shard's thread. Dropped if the shard has stopped.
  template <class F>
  void post(F&& f) {
    post_task(task::make(std::forward<F>(f)));
  }

  /// Queues an actor that has become runnable.
  void exec_later(caf::resumable* job) override;

  // -- for sources, during a turn ---------------------------------------------

  /// The time that counts during this turn: one clock reading for all.
  const clock::time_point& turn_start() const noexcept { return turn_start_; }

  /// How a descriptor is watched.
  enum class watch_kind : std::uint8_t {
    /// Edge-triggered, for input and output.
    connection,
    /// Edge-triggered, for input: a connection whose output nobody waits for.
    /// Spares the event that says it can be written to.
    reader,
    /// Level-triggered, for input; of all shards that watch it one is woken.
    listener,
    /// Edge-triggered, for input.
    signal,
  };

  /// Returns an errno, 0 if well.
  int watch(int descriptor, event_source& source, watch_kind kind);

  /// From now on a watched descriptor's events go to this source, and are of
  /// this kind. What is there already is reported again. Returns an errno, 0 if
  /// well.
  int rewatch(int descriptor, event_source& source, watch_kind kind);

  void unwatch(int descriptor) noexcept;

  /// Calls `on_event(0)` after the events of this turn, or of one soon: for a
  /// source that stopped reading before its socket was empty, so that others
  /// have their turn. Nothing else calls with 0. Ask once.
  void call_again(event_source& source) { again_.push_back(&source); }

  /// Undoes `call_again`. Linear: call it only after `call_again`.
  void forget(event_source& source) noexcept;

  /// Queues `f` for right after the running completion. REQUIRES: this thread.
  template <class F>
  void immediate(F&& f) {
    immediates_.push(task::make(std::forward<F>(f)));
  }

  /// Runs what `immediate` queued, to its end.
  void run_immediates();

  /// Calls `output.write_out()` at the turn's end.
  void write_out_later(turn_output& output) { outputs_.push_back(&output); }

  /// Undoes `write_out_later`. Linear, as above.
  void forget(turn_output& output) noexcept;

  /// Keeps what an event of this turn may still point to until its end.
  void bury(std::unique_ptr<event_source> source) {
    graveyard_.push_back(std::move(source));
  }
  void bury(caf::strong_actor_ptr actor) {
    parked_.push_back(std::move(actor));
  }

  /// For one `recv` each, of at most `buffer_bytes`. Whoever still has
  /// something in it gives it up first.
  char* read_buffer() {
    if (auto* who = std::exchange(borrower_, nullptr))
      give_up_(who);
    return read_buffer_.get();
  }

  /// The same, for those who are about to be handed what was just read.
  char* filled_read_buffer() noexcept { return read_buffer_.get(); }

  /// Remembers who has not used up the read buffer: `give_up(who)` copies what
  /// is left of it when the buffer is needed.
  void lend(void* who, void (*give_up)(void*)) noexcept {
    borrower_ = who;
    give_up_ = give_up;
  }

  /// It has, or is gone.
  void take_back(void* who) noexcept {
    if (borrower_ == who)
      borrower_ = nullptr;
  }

  /// For the payload of the message in hand; free again when the completion
  /// returns.
  char* message_buffer() noexcept { return message_buffer_.get(); }

  /// Strings with capacity, for outputs: most sockets are idle most of the
  /// time and need none.
  std::string borrow_string();
  void give_back(std::string&& x);

  caf::actor_clock& actor_clock() noexcept { return actor_clock_; }

  /// Any thread.
  const turn_figures& figures() const noexcept { return meter_.figures(); }

private:
  // Only ends a wait: every turn looks for what there is to do.
  class waker final : public event_source {
  public:
    void on_event(std::uint32_t) override {
      // nop
    }
  };

  // Timeouts are due by the turn's start, as everything is: CAF asks for the
  // time after every few messages of an actor, and it costs a clock reading. A
  // timeout set late in a turn ends earlier by as much.
  class turn_clock final : public caf::detail::simple_actor_clock {
  public:
    explicit turn_clock(const time_point& turn_start)
      : turn_start_(turn_start) {
      // nop
    }
    time_point now() const noexcept override { return turn_start_; }

  private:
    const time_point& turn_start_;
  };

  int control(int operation, int descriptor, event_source& source,
              watch_kind kind) noexcept;
  void post_task(task* x) { inbox_.put(x); }
  void turn(bool may_wait);
  bool has_jobs() const noexcept;
  bool is_timeout_due() const noexcept;
  void set_timer() noexcept;
  void settle();
  void run_actor(caf::resumable* job);
  void take_inbox();
  void trigger_timeouts(bool is_turn_full);
  void call_those_waiting();
  void free_the_dead();
  bool is_idle();

  const std::uint32_t index_;
  shard_inbox inbox_;
  const descriptor epoll_;
  waker waker_;
  /// For the first of CAF's timeouts. A timeout of epoll_wait's own would be a
  /// timer started and stopped for every wait.
  const descriptor timer_;
  clock::time_point timer_set_to_;
  clock::time_point turn_start_;
  clock::time_point timeouts_triggered_;
  turn_clock actor_clock_;
  turn_meter meter_;

  task_queue immediates_;
  std::deque<caf::resumable*> runnable_;
  std::vector<event_source*> again_;
  std::vector<event_source*> again_in_hand_;
  std::vector<turn_output*> outputs_;
  std::vector<turn_output*> outputs_in_hand_;
  std::vector<std::unique_ptr<event_source>> graveyard_;
  std::vector<caf::strong_actor_ptr> parked_;
  std::unique_ptr<char[]> read_buffer_;
  void* borrower_ = nullptr;
  void (*give_up_)(void*) = nullptr;
  std::unique_ptr<char[]> message_buffer_;
  std::vector<std::string> strings_;
  std::vector<caf::resumable*> new_jobs_;
  std::atomic<bool> is_stopped_{false};
};

} // namespace signalbox
