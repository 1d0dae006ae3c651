#include "net/shard.hpp"

#include "actors/statistics.hpp"

#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace signalbox {

namespace {

thread_local shard* current_shard = nullptr;

// Few: what a turn collects leaves at its end, so the first event's output
// waits for the last one's, and in a large turn has left the caches by then.
// Not fewer: what the members of a room say at once leaves in one send.
constexpr int events_max = 16;

// While turns are full, a timeout comes late by no more than this.
constexpr auto timeouts_late_max = std::chrono::milliseconds{500};

std::uint32_t events_of(shard::watch_kind kind) noexcept {
  switch (kind) {
    case shard::watch_kind::connection:
      return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    case shard::watch_kind::reader:
      return EPOLLIN | EPOLLRDHUP | EPOLLET;
    case shard::watch_kind::listener:
      return EPOLLIN | EPOLLEXCLUSIVE;
    case shard::watch_kind::signal:
      return EPOLLIN | EPOLLET;
  }
  return 0;
}

// How many messages an actor handles before another one has its turn.
constexpr std::size_t messages_per_resume_max = 256;

// How many actors run between two looks at the sockets; two actors that send to
// each other forever must not keep a shard from reading.
constexpr std::size_t resumes_per_settle_max = 4096;

constexpr std::size_t pooled_strings_max = 1024;
constexpr std::size_t pooled_capacity_max = 64 * 1024;

int or_throw(int descriptor, const char* what) {
  if (descriptor < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

// Both lists may be being walked: entries are blanked, not removed.
template <class T>
void forget_in(std::vector<T*>& list, T& x) noexcept {
  std::replace(list.begin(), list.end(), &x, static_cast<T*>(nullptr));
}

} // namespace

shard* shard::current() noexcept {
  return current_shard;
}

shard::shard(caf::actor_system& system, std::uint32_t index)
  : caf::execution_unit(&system),
    index_(index),
    epoll_(or_throw(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
    timer_(or_throw(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                    "timerfd_create")),
    turn_start_(clock::now()),
    actor_clock_(turn_start_),
    meter_(turn_start_),
    read_buffer_(new char[buffer_bytes]),
    message_buffer_(new char[buffer_bytes]) {
  const auto or_error = [](int error) {
    if (error != 0)
      throw std::system_error(error, std::generic_category(), "epoll_ctl");
  };
  or_error(watch(inbox_.descriptor(), waker_, watch_kind::signal));
  or_error(watch(timer_.get(), waker_, watch_kind::signal));
}

shard::~shard() {
  // Nobody runs these any more. The release may queue further ones.
  actor_clock_.cancel_all();
  for (;;) {
    task_queue dropped;
    std::vector<caf::resumable*> jobs{runnable_.begin(), runnable_.end()};
    runnable_.clear();
    inbox_.take(dropped, jobs);
    if (jobs.empty())
      break;
    for (auto* x : jobs)
      caf::scheduler::abstract_coordinator::cleanup_and_release(x);
  }
}

// -- running ------------------------------------------------------------------

void shard::run() {
  current_shard = this;
  while (!is_stopped_.load(std::memory_order_relaxed))
    turn(true);
  // What is still under way may set off more: exits, leaves, last writes.
  do
    turn(false);
  while (!is_idle());
  current_shard = nullptr;
}

void shard::stop() {
  is_stopped_ = true;
  inbox_.wake();
}

bool shard::is_idle() {
  return !has_jobs() && outputs_.empty() && graveyard_.empty()
         && parked_.empty() && inbox_.is_empty();
}

void shard::turn(bool may_wait) {
  std::array<epoll_event, events_max> events;
  const auto waits = may_wait && !has_jobs() && !is_timeout_due();
  if (waits)
    set_timer();
  const auto count = epoll_wait(epoll_.get(), events.data(), events_max,
                                waits ? -1 : 0);
  turn_start_ = clock::now();
  meter_.begin_turn(turn_start_);
  for (int i = 0; i < count; ++i) {
    static_cast<event_source*>(events[i].data.ptr)->on_event(events[i].events);
    settle();
  }
  if (inbox_.was_called())
    take_inbox();
  if (!again_.empty())
    call_those_waiting();
  trigger_timeouts(count == events_max);
  settle();
  while (!outputs_.empty()) {
    outputs_in_hand_.swap(outputs_);
    for (std::size_t i = 0; i < outputs_in_hand_.size(); ++i)
      if (auto* x = outputs_in_hand_[i])
        x->write_out();
    outputs_in_hand_.clear();
    settle();
  }
  // What dies may take others with it.
  while (!graveyard_.empty() || !parked_.empty())
    free_the_dead();
#if SIGNALBOX_STATISTICS
  meter_.end_turn(clock::now());
#endif
}

void shard::free_the_dead() {
  auto sources = std::exchange(graveyard_, {});
  auto actors = std::exchange(parked_, {});
}

bool shard::has_jobs() const noexcept {
  return !runnable_.empty() || !again_.empty() || !immediates_.is_empty();
}

// Completions before actors: a completion may still use a shared buffer.
void shard::settle() {
  run_immediates();
  for (std::size_t i = 0; i < resumes_per_settle_max && !runnable_.empty();
       ++i) {
    auto* job = runnable_.front();
    runnable_.pop_front();
    run_actor(job);
    run_immediates();
  }
}

void shard::run_immediates() {
  while (auto* x = immediates_.pop())
    x->run_and_delete();
}

void shard::run_actor(caf::resumable* job) {
  switch (job->resume(this, messages_per_resume_max)) {
    case caf::resumable::resume_later:
      runnable_.push_back(job);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(job);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

void shard::call_those_waiting() {
  // Those that ask again are for the next turn; and no more than a turn has of
  // events, so that the loud ones do not keep the others waiting.
  again_in_hand_.swap(again_);
  const auto count = std::min(again_in_hand_.size(),
                              static_cast<std::size_t>(events_max));
  for (std::size_t i = 0; i < count; ++i) {
    if (auto* x = again_in_hand_[i]) {
      x->on_event(0);
      settle();
    }
  }
  again_.insert(again_.begin(),
                again_in_hand_.begin() + static_cast<std::ptrdiff_t>(count),
                again_in_hand_.end());
  again_in_hand_.clear();
}

// -- timeouts -----------------------------------------------------------------

bool shard::is_timeout_due() const noexcept {
  const auto& next = actor_clock_.schedule();
  return !next.empty() && next.begin()->first <= turn_start_;
}

// Not read when the time has come: setting it again takes that back. One that
// is set to this time already has not run out, or epoll_wait is about to tell
// of it: nobody waits once a timeout is due.
void shard::set_timer() noexcept {
  const auto& next = actor_clock_.schedule();
  if (next.empty() || next.begin()->first == timer_set_to_)
    return;
  timer_set_to_ = next.begin()->first;
  using namespace std::chrono;
  const auto since_epoch = timer_set_to_.time_since_epoch();
  const auto whole = duration_cast<seconds>(since_epoch);
  itimerspec when{};
  when.it_value.tv_sec = whole.count();
  when.it_value.tv_nsec = nanoseconds{since_epoch - whole}.count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

// Not while input waits that a timeout is about: the pong may be there already.
// But not too late either, as a busy shard's turns are all full.
void shard::trigger_timeouts(bool is_turn_full) {
  if (is_turn_full && turn_start_ - timeouts_triggered_ < timeouts_late_max)
    return;
  timeouts_triggered_ = turn_start_;
  if (is_timeout_due())
    actor_clock_.trigger_expired_timeouts();
}

// -- from other threads -------------------------------------------------------

void shard::exec_later(caf::resumable* job) {
  if (current_shard == this) {
    runnable_.push_back(job);
    return;
  }
  inbox_.put(job);
}

void shard::take_inbox() {
  task_queue tasks;
  inbox_.take(tasks, new_jobs_);
  runnable_.insert(runnable_.end(), new_jobs_.begin(), new_jobs_.end());
  new_jobs_.clear();
  while (auto* x = tasks.pop()) {
    x->run_and_delete();
    settle();
  }
}

// -- for sources --------------------------------------------------------------

int shard::control(int operation, int descriptor, event_source& source,
                   watch_kind kind) noexcept {
  epoll_event event{};
  event.events = events_of(kind);
  event.data.ptr = &source;
  return epoll_ctl(epoll_.get(), operation, descriptor, &event) == 0 ? 0
                                                                     : errno;
}

int shard::watch(int descriptor, event_source& source, watch_kind kind) {
  return control(EPOLL_CTL_ADD, descriptor, source, kind);
}

int shard::rewatch(int descriptor, event_source& source, watch_kind kind) {
  return control(EPOLL_CTL_MOD, descriptor, source, kind);
}

void shard::unwatch(int descriptor) noexcept {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void shard::forget(event_source& source) noexcept {
  forget_in(again_, source);
  forget_in(again_in_hand_, source);
}

void shard::forget(turn_output& output) noexcept {
  forget_in(outputs_, output);
  forget_in(outputs_in_hand_, output);
}

std::string shard::borrow_string() {
  if (strings_.empty())
    return {};
  auto result = std::move(strings_.back());
  strings_.pop_back();
  return result;
}

void shard::give_back(std::string&& x) {
  // Nothing is saved by one that has no memory, and much kept by a large one.
  if (strings_.size() >= pooled_strings_max
      || x.capacity() <= std::string{}.capacity()
      || x.capacity() > pooled_capacity_max)
    return;
  x.clear();
  strings_.push_back(std::move(x));
}

} // namespace signalbox
