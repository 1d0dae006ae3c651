// Makes the shards CAF's workers: a scheduler module that owns one shard a core
// and its thread, a clock that keeps each actor's timeouts on its own shard,
// and no further thread (CAF's own timer and printer threads are not started).

#pragma once

#include "net/shard.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace signalbox {

/// An actor system on this many shards.
class shard_system_config : public caf::actor_system_config {
public:
  explicit shard_system_config(std::size_t shards);
};

class shard_scheduler final : public caf::scheduler::abstract_coordinator {
public:
  explicit shard_scheduler(caf::actor_system& system);

  /// REQUIRES: `system` was made with a `shard_system_config`.
  static shard_scheduler& of(caf::actor_system& system) {
    return static_cast<shard_scheduler&>(system.scheduler());
  }

  static caf::actor_system::module* make(caf::actor_system& system,
                                         caf::detail::type_list<>);

  const std::vector<std::unique_ptr<shard>>& shards() const noexcept {
    return shards_;
  }

  /// Starts the shards' threads. What was queued before runs first.
  void run();

  /// Stops the shards and joins their threads; idempotent.
  void join();

  // -- for CAF ----------------------------------------------------------------

  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override;
  bool detaches_utility_actors() const override { return false; }

protected:
  void start() override;
  void stop() override;

private:
  // Routes to the clock of the shard whose thread asks.
  class routing_clock final : public caf::actor_clock {
  public:
    time_point now() const noexcept override;
    void set_ordinary_timeout(time_point t, caf::abstract_actor* self,
                              caf::atom_value type, uint64_t id) override;
    void set_multi_timeout(time_point t, caf::abstract_actor* self,
                           caf::atom_value type, uint64_t id) override;
    void set_request_timeout(time_point t, caf::abstract_actor* self,
                             caf::message_id id) override;
    void cancel_ordinary_timeout(caf::abstract_actor* self,
                                 caf::atom_value type) override;
    void cancel_request_timeout(caf::abstract_actor* self,
                                caf::message_id id) override;
    void cancel_timeouts(caf::abstract_actor* self) override;
    void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                          caf::mailbox_element_ptr content) override;
    void schedule_message(time_point t, caf::group target,
                          caf::strong_actor_ptr sender,
                          caf::message content) override;
    void cancel_all() override;
  };

  std::vector<std::unique_ptr<shard>> shards_;
  std::vector<std::thread> threads_;
  routing_clock clock_;
};

} // namespace signalbox
