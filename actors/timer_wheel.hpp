// Hashed timing wheel for sessions and handshakes: one list per slot, an entry
// stays in its slot until the tick of its deadline comes, however many rounds
// that takes. Scheduling and cancelling are O(1); nothing is allocated after
// construction, as entries are linked into the lists themselves.
// Never early, and at most one tick late if `advance` is called every tick.
// One thread only. No clock inside.
// Source: Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", 1987,
// scheme 6.

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace signalbox {

namespace detail {

/// A place in a doubly linked ring; both ends are null while in none.
struct timer_link {
  timer_link* prev = nullptr;
  timer_link* next = nullptr;

  void unlink() noexcept {
    if (next == nullptr)
      return;
    prev->next = next;
    next->prev = prev;
    prev = next = nullptr;
  }

  void link_before(timer_link& other) noexcept {
    prev = other.prev;
    next = &other;
    prev->next = this;
    other.prev = this;
  }
};

/// The fixed point of a ring. Lets all its links go when destroyed.
struct timer_ring : timer_link {
  timer_ring() noexcept { prev = next = this; }
  timer_ring(const timer_ring&) = delete;
  timer_ring& operator=(const timer_ring&) = delete;

  ~timer_ring() {
    while (!is_empty())
      next->unlink();
  }

  bool is_empty() const noexcept { return next == this; }
};

} // namespace detail

/// What has a deadline: derive from it. Leaves its wheel when destroyed, and is
/// let go by a wheel that is destroyed first.
class timer_entry : private detail::timer_link {
public:
  timer_entry() = default;
  timer_entry(const timer_entry&) = delete;
  timer_entry& operator=(const timer_entry&) = delete;
  virtual ~timer_entry() { unlink(); }

  bool is_armed() const noexcept { return next != nullptr; }

private:
  friend class timer_wheel;

  /// The deadline has come, and the entry is no longer armed. May schedule,
  /// cancel or destroy any entry, itself included; not the wheel.
  virtual void expired() = 0;

  std::uint64_t deadline_ = 0;
};

class timer_wheel {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Longer delays are cut to this, some 31 years.
  static constexpr std::chrono::milliseconds delay_max{1'000'000'000'000};

  /// A tick that suits timeouts of which `shortest` is the shortest: they come
  /// at most an eighth too late, if they are at least 8 ms.
  static constexpr std::chrono::milliseconds
  tick_for(std::chrono::milliseconds shortest) noexcept {
    return std::clamp(shortest / 8, std::chrono::milliseconds{1},
                      std::chrono::milliseconds{250});
  }

  /// Deadlines further away than `slots * tick` work, but are looked at once
  /// every round.
  timer_wheel(std::size_t slots, std::chrono::milliseconds tick)
    : tick_(std::max(tick, std::chrono::milliseconds{1})),
      slots_(std::max<std::size_t>(slots, 1)) {}

  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Tells what time it is without firing anything: call it before scheduling
  /// if the last `advance` was a while ago. Time never goes back.
  void set_now(time_point now) noexcept { now_ = std::max(now_, now); }

  /// Makes `entry` expire `from_now` after the time last told to the wheel by
  /// `set_now` or `advance`; always in a later call of `advance` than the one
  /// that is running. An armed entry moves.
  void schedule(timer_entry& entry,
                std::chrono::milliseconds from_now) noexcept {
    entry.unlink();
    const auto delay = std::clamp(from_now, std::chrono::milliseconds{0},
                                  delay_max);
    // Rounded up, or it would be early.
    const auto tick = ticks_until(now_ + delay + tick_ - duration{1});
    entry.deadline_ = std::max(tick, fired_ + 1);
    entry.link_before(slots_[entry.deadline_ % slots_.size()]);
  }

  /// An entry that is not armed is left as it is.
  void cancel(timer_entry& entry) noexcept { entry.unlink(); }

  /// Fires all that is due at `now`, in the order of ticks and, within a tick,
  /// of scheduling. Returns how many have fired.
  std::size_t advance(time_point now) {
    set_now(now);
    const auto target = ticks_until(now_);
    if (target > fired_) {
      collect(target);
      fired_ = target;
    }
    // The list is a member, so that whatever `expired` does to others finds
    // them in a list, and what an exception leaves behind fires next time.
    std::size_t fired = 0;
    while (!due_.is_empty()) {
      auto& entry = entry_of(*due_.next);
      entry.unlink();
      ++fired;
      entry.expired();
    }
    return fired;
  }

  /// When `advance` may next have something to do.
  time_point next_tick() const noexcept {
    return time_point{static_cast<duration::rep>(fired_ + 1) * tick_};
  }

private:
  using duration = time_point::duration;
  using link = detail::timer_link;

  static timer_entry& entry_of(link& x) noexcept {
    return static_cast<timer_entry&>(x);
  }

  /// Whole ticks from the clock's origin to `when`.
  std::uint64_t ticks_until(time_point when) const noexcept {
    const auto since_origin = std::max(when.time_since_epoch(), duration{0});
    return static_cast<std::uint64_t>(since_origin / tick_);
  }

  /// Moves what is due up to `target` to the list of due entries, in order.
  void collect(std::uint64_t target) noexcept {
    if (target - fired_ < slots_.size()) {
      for (auto tick = fired_ + 1; tick <= target; ++tick)
        collect(slots_[tick % slots_.size()], target);
      return;
    }
    // A whole round late, or the first call: each slot once, whatever the gap.
    for (auto& slot : slots_)
      collect(slot, target);
    sort_due();
  }

  void collect(detail::timer_ring& slot, std::uint64_t target) noexcept {
    for (auto* x = slot.next; x != &slot;) {
      auto& entry = entry_of(*x);
      x = x->next;
      if (entry.deadline_ > target)
        continue;
      entry.unlink();
      entry.link_before(due_);
    }
  }

  /// Bottom-up merge sort by deadline, stable: bin i holds a sorted chain of
  /// 2^i links or none, higher bins what came earlier.
  void sort_due() noexcept {
    std::array<link*, 64> bins{};
    due_.prev->next = nullptr;
    for (auto* rest = due_.next; rest != nullptr;) {
      auto* run = rest;
      rest = rest->next;
      run->next = nullptr;
      std::size_t i = 0;
      for (; bins[i] != nullptr; ++i) {
        run = merge(bins[i], run);
        bins[i] = nullptr;
      }
      bins[i] = run;
    }
    link* sorted = nullptr;
    for (auto* bin : bins)
      sorted = merge(bin, sorted);
    due_.prev = due_.next = &due_;
    while (sorted != nullptr) {
      auto* x = sorted;
      sorted = sorted->next;
      x->link_before(due_);
    }
  }

  /// Of equals, those of `a` come first. Chains end with null.
  static link* merge(link* a, link* b) noexcept {
    link head;
    auto* tail = &head;
    while (a != nullptr && b != nullptr) {
      auto*& first = entry_of(*b).deadline_ < entry_of(*a).deadline_ ? b : a;
      tail->next = first;
      tail = first;
      first = first->next;
    }
    tail->next = a != nullptr ? a : b;
    return head.next;
  }

  duration tick_;
  time_point now_{};
  /// The last tick whose entries have fired or are in `due_`.
  std::uint64_t fired_ = 0;
  std::vector<detail::timer_ring> slots_;
  detail::timer_ring due_;
};

} // namespace signalbox
