// An actor system whose every step the test decides: actors run when told to,
// on the test's thread, and time passes only by `advance`. One or more homes
// stand in for the shards.

#pragma once

#include "actors/pinned.hpp"
#include "conf/log.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signalbox::test {

using namespace std::chrono_literals;

/// What an actor was told, a line each, so that an order is a list.
using transcript = std::vector<std::string>;

/// What a request was answered, once it was.
template <class T>
struct answer {
  std::optional<T> value;
  std::optional<caf::error> error;

  bool is_there() const { return value || error; }

  /// `none` without an error.
  ec reason() const { return error ? ec_of(*error) : ec::none; }
};

class deterministic_system {
public:
  using clock = home::clock;
  using adjustment = std::function<void(options&)>;

  /// `adjust` sets the options that differ from their defaults.
  explicit deterministic_system(const adjustment& adjust = {},
                                std::uint32_t shards = 1)
    : settings(adjusted(adjust)),
      node(settings, "testtesttest"),
      now(clock::time_point{} + 1h),
      system(config_),
      coordinator(
        static_cast<caf::scheduler::test_coordinator&>(system.scheduler())),
      unit_(coordinator) {
    log::set_level(log_level::off);
    node.connections_max = 1000;
    coordinator.clock().current_time = now;
    for (std::uint32_t i = 0; i < shards; ++i)
      homes_.push_back(std::make_unique<home>(node, &unit_, now, i));
  }

  ~deterministic_system() {
    for (auto i = spawned_.rbegin(); i != spawned_.rend(); ++i)
      caf::anon_send_exit(*i, caf::exit_reason::kill);
    spawned_.clear();
    run();
    for (auto& x : homes_) {
      x->directory = nullptr;
      x->backplane = nullptr;
      x->caretaker = nullptr;
      x->supervisor = nullptr;
      x->key_keeper = nullptr;
    }
    // What was to come later must not find the homes gone.
    coordinator.clock().cancel_all();
    run();
    system.await_actors_before_shutdown(false);
  }

  deterministic_system(const deterministic_system&) = delete;
  deterministic_system& operator=(const deterministic_system&) = delete;

  home& at(std::size_t shard = 0) { return *homes_[shard]; }

  std::vector<home*> all_homes() const {
    std::vector<home*> result;
    for (auto& x : homes_)
      result.push_back(x.get());
    return result;
  }

  /// Spawns `Actor` on the shard, without running it; ended with the fixture.
  template <class Actor, class... Ts>
  typename Actor::handle_type spawn_on(std::size_t shard, Ts&&... xs) {
    auto result = spawn_at<Actor>(system, at(shard), std::forward<Ts>(xs)...);
    spawned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(result));
    return result;
  }

  template <class Actor, class... Ts>
  typename Actor::handle_type spawn(Ts&&... xs) {
    return spawn_on<Actor>(0, std::forward<Ts>(xs)...);
  }

  /// The object behind a handle, which must stay.
  template <class Actor, class Handle>
  static Actor& object_of(const Handle& handle) {
    return *static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(handle));
  }

  /// For actors to write to; stays until the last of them has ended.
  transcript& new_transcript() { return transcripts_.emplace_back(); }

  /// Runs actors until none has a message left.
  void run() { coordinator.run(); }

  /// Handles one message of the actor that is `next_in_line`.
  bool step() { return coordinator.try_run_once(); }

  /// Makes the actor the next one to run. False if it has nothing to do.
  template <class Handle>
  bool next_in_line(const Handle& who) {
    return coordinator.prioritize(who);
  }

  /// Lets time pass, and everything happen that it makes happen, in order.
  void advance(clock::duration span) {
    run();
    const auto end = now + span;
    for (;;) {
      const auto& schedule = coordinator.clock().schedule();
      const auto next = schedule.empty() ? end : schedule.begin()->first;
      const auto step = std::clamp(next, now, end);
      coordinator.clock().advance_time(step - now);
      now = step;
      run();
      if (next >= end)
        break;
    }
  }

  /// Sends a message from nobody and runs what comes of it.
  template <class Handle, class... Ts>
  void tell(const Handle& who, Ts&&... xs) {
    caf::anon_send(who, std::forward<Ts>(xs)...);
    run();
  }

  void end_actor(const caf::strong_actor_ptr& who,
                 caf::exit_reason reason = caf::exit_reason::kill) {
    caf::anon_send_exit(caf::actor_cast<caf::actor>(who), reason);
    run();
  }

  template <class Handle>
  void kill(const Handle& who) {
    end_actor(caf::actor_cast<caf::strong_actor_ptr>(who));
  }

  /// Sends a request whose answer may come later. Runs nothing.
  template <class T, class Handle, class... Ts>
  std::shared_ptr<answer<T>> ask(const Handle& who, Ts... xs) {
    auto result = std::make_shared<answer<T>>();
    system.spawn<asker, caf::hidden>(
      std::ref(unit_), [=](caf::event_based_actor* self) {
        self->request(who, caf::infinite, xs...)
          .then([result](const T& value) { result->value = value; },
                [result](const caf::error& error) { result->error = error; });
      });
    return result;
  }

  const options settings;
  node_state node;
  clock::time_point now;

private:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  // The coordinator's own workers live for one message only, while an actor
  // remembers the last one; what is sent from outside of an actor needs one
  // that stays.
  class lasting_unit final : public caf::execution_unit {
  public:
    explicit lasting_unit(caf::scheduler::test_coordinator& coordinator)
      : caf::execution_unit(&coordinator.system()), coordinator_(coordinator) {
      // nop
    }

    void exec_later(caf::resumable* job) override {
      coordinator_.jobs.push_back(job);
    }

  private:
    caf::scheduler::test_coordinator& coordinator_;
  };

  // Sends one request. What is answered between two messages must not be run by
  // a worker that is no more.
  class asker final : public caf::event_based_actor {
  public:
    asker(caf::actor_config& config, caf::execution_unit& unit,
          std::function<void(caf::event_based_actor*)> ask)
      : caf::event_based_actor(config), unit_(unit), ask_(std::move(ask)) {
      // nop
    }

    using caf::event_based_actor::enqueue;

    void enqueue(caf::mailbox_element_ptr element,
                 caf::execution_unit*) override {
      caf::event_based_actor::enqueue(std::move(element), &unit_);
    }

  protected:
    caf::behavior make_behavior() override {
      ask_(this);
      return {};
    }

  private:
    caf::execution_unit& unit_;
    std::function<void(caf::event_based_actor*)> ask_;
  };

  static options adjusted(const adjustment& adjust) {
    options result;
    if (adjust)
      adjust(result);
    return result;
  }

  std::deque<transcript> transcripts_;
  testing_config config_;

public:
  caf::actor_system system;
  caf::scheduler::test_coordinator& coordinator;

private:
  lasting_unit unit_;
  std::vector<std::unique_ptr<home>> homes_;
  std::vector<caf::strong_actor_ptr> spawned_;
};

} // namespace signalbox::test
