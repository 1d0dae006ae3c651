// Shards with a home each, as a node has them. Either the test runs the first
// one itself, turn by turn and without a thread (`turns`), or it starts their
// threads (`start`).

#pragma once

#include "actors/pinned.hpp"
#include "conf/log.hpp"
#include "net/shard_scheduler.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace signalbox::test {

using namespace std::chrono_literals;

/// What another thread promised, within a time that is long for a machine.
template <class T>
T await(std::future<T> promised) {
  if (promised.wait_for(20s) != std::future_status::ready)
    throw std::runtime_error("awaited in vain");
  return promised.get();
}

class shard_fixture {
public:
  explicit shard_fixture(std::size_t shards = 1)
    : node_(settings_, "test"), config_(shards), system(config_) {
    log::set_level(log_level::off);
    for (auto& x : scheduler().shards())
      homes_.push_back(
        std::make_unique<home>(node_, x.get(), x->turn_start(), x->index()));
  }

  ~shard_fixture() {
    {
      std::lock_guard guard{mutex_};
      for (auto& x : spawned_)
        caf::anon_send_exit(x, caf::exit_reason::kill);
      spawned_.clear();
    }
    scheduler().join();
    system.await_actors_before_shutdown(false);
  }

  shard_fixture(const shard_fixture&) = delete;
  shard_fixture& operator=(const shard_fixture&) = delete;

  shard_scheduler& scheduler() { return shard_scheduler::of(system); }

  shard& on(std::size_t i = 0) { return *scheduler().shards()[i]; }

  home& at(std::size_t i = 0) { return *homes_[i]; }

  void start() { scheduler().run(); }

  /// The first shard turns on this thread until nothing moves.
  void turns() {
    on().stop();
    on().run();
  }

  /// Turns until this holds.
  template <class Condition>
  void until(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    for (turns(); !holds(); turns()) {
      if (std::chrono::steady_clock::now() > end)
        throw std::runtime_error("awaited in vain");
      std::this_thread::yield();
    }
  }

  /// The same as `turns`, with `f` in the first of these turns.
  template <class F>
  void in_turn(F f) {
    on().post(std::move(f));
    turns();
  }

  /// From any thread.
  template <class Actor, class... Ts>
  typename Actor::handle_type spawn_on(std::size_t i, Ts&&... xs) {
    auto result = spawn_at<Actor>(system, at(i), std::forward<Ts>(xs)...);
    std::lock_guard guard{mutex_};
    spawned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(result));
    return result;
  }

private:
  options settings_;
  node_state node_;
  shard_system_config config_;
  std::vector<std::unique_ptr<home>> homes_;

public:
  caf::actor_system system;

private:
  std::mutex mutex_;
  std::vector<caf::strong_actor_ptr> spawned_;
};

} // namespace signalbox::test
