// A callable that is run once or dropped, and queues of them. One allocation a
// task, links inside: what a shard queues for later, from its own thread or
// from another one.

#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace signalbox {

/// Run or dropped, in either case deleted.
class task {
public:
  virtual void run_and_delete() = 0;
  virtual ~task() = default;

  template <class F>
  static task* make(F&& f);

private:
  friend class task_queue;
  task* next_ = nullptr;
};

template <class F>
class task_of final : public task {
public:
  template <class G>
  explicit task_of(G&& f) : f_(std::forward<G>(f)) {
    // nop
  }

  // The memory is free again before the callable runs, so that what it queues
  // next finds a warm block of the same size.
  void run_and_delete() override {
    auto f = std::move(f_);
    delete this;
    f();
  }

private:
  F f_;
};

template <class F>
task* task::make(F&& f) {
  return new task_of<std::decay_t<F>>(std::forward<F>(f));
}

/// First in, first out. Not thread-safe.
class task_queue {
public:
  task_queue() = default;
  task_queue(task_queue&& other) noexcept
    : first_(std::exchange(other.first_, nullptr)),
      last_(std::exchange(other.last_, nullptr)) {
    // nop
  }
  ~task_queue() {
    while (auto* x = pop())
      delete x;
  }

  bool is_empty() const noexcept { return first_ == nullptr; }

  void push(task* x) noexcept {
    (last_ ? last_->next_ : first_) = x;
    last_ = x;
  }

  /// Null if there is none.
  task* pop() noexcept {
    auto* result = first_;
    if (result) {
      first_ = result->next_;
      if (!first_)
        last_ = nullptr;
    }
    return result;
  }

private:
  task* first_ = nullptr;
  task* last_ = nullptr;
};

} // namespace signalbox
