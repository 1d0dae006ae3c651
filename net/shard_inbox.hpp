// What other threads leave at a shard: tasks and runnable actors, and the
// eventfd that wakes it. Thread-safe; only the shard itself takes.

#pragma once

#include "net/task.hpp"

#include <caf/resumable.hpp>

#include <atomic>
#include <mutex>
#include <vector>

namespace signalbox {

class shard_inbox {
public:
  /// Throws std::system_error if the kernel refuses an event descriptor.
  shard_inbox();
  ~shard_inbox();

  shard_inbox(const shard_inbox&) = delete;
  shard_inbox& operator=(const shard_inbox&) = delete;

  /// Readable when there is something, or `wake` was called.
  int descriptor() const noexcept { return descriptor_; }

  void put(task* x);
  void put(caf::resumable* job);

  /// One write for any number of calls until the shard takes.
  void wake() noexcept;

  /// Whether there may be something: without the lock. What is not seen yet
  /// has the shard woken.
  bool was_called() const noexcept {
    return was_called_.load(std::memory_order_relaxed);
  }

  /// Moves all there is behind what is in the queues.
  void take(task_queue& tasks, std::vector<caf::resumable*>& jobs);

  bool is_empty();

private:
  const int descriptor_;
  std::atomic<bool> was_called_{false};
  std::mutex mutex_;
  task_queue tasks_;
  std::vector<caf::resumable*> jobs_;
};

} // namespace signalbox
