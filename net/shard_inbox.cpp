#include "net/shard_inbox.hpp"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace signalbox {

shard_inbox::shard_inbox()
  : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

shard_inbox::~shard_inbox() {
  close(descriptor_);
}

void shard_inbox::put(task* x) {
  {
    std::lock_guard guard{mutex_};
    tasks_.push(x);
  }
  wake();
}

void shard_inbox::put(caf::resumable* job) {
  {
    std::lock_guard guard{mutex_};
    jobs_.push_back(job);
  }
  wake();
}

void shard_inbox::wake() noexcept {
  if (was_called_.exchange(true))
    return;
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = write(descriptor_, &one, sizeof one);
}

void shard_inbox::take(task_queue& tasks, std::vector<caf::resumable*>& jobs) {
  std::uint64_t count = 0;
  [[maybe_unused]] auto size = read(descriptor_, &count, sizeof count);
  // Read as well: what `wake` was called for is seen after this.
  was_called_.exchange(false);
  std::lock_guard guard{mutex_};
  while (auto* x = tasks_.pop())
    tasks.push(x);
  jobs.insert(jobs.end(), jobs_.begin(), jobs_.end());
  jobs_.clear();
}

bool shard_inbox::is_empty() {
  std::lock_guard guard{mutex_};
  return tasks_.is_empty() && jobs_.empty();
}

} // namespace signalbox
