// How much of each turn of a shard may go into work that can wait: all who do
// such work share it, so that however many of them there are, whatever else the
// shard has to do waits no longer. For the home's thread only.

#pragma once

#include "actors/tick_clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace signalbox {

class turn_share {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit turn_share(std::chrono::nanoseconds of_each_turn) noexcept
    : ticks_a_turn_(
      std::max<std::uint64_t>(1, tick_clock::ticks(of_each_turn))),
      ticks_left_(ticks_a_turn_) {
    // nop
  }

  /// One who works, for as long as this lives; one at a time.
  class use {
  public:
    /// In the turn that began at `turn`.
    use(turn_share& of, time_point turn) noexcept
      : share_(of), begin_(tick_clock::now()) {
      share_.enter(turn);
    }

    ~use() {
      const auto spent = tick_clock::since(begin_);
      share_.ticks_left_ -= std::min(spent, share_.ticks_left_);
    }

    use(const use&) = delete;
    use& operator=(const use&) = delete;

    /// Nothing was left from the start: the others have used it up.
    bool is_too_late() const noexcept { return share_.ticks_left_ == 0; }

    /// Nothing is left by now.
    bool is_over() const noexcept {
      return tick_clock::since(begin_) >= share_.ticks_left_;
    }

  private:
    turn_share& share_;
    const std::uint64_t begin_;
  };

private:
  void enter(time_point turn) noexcept {
    if (turn == turn_)
      return;
    turn_ = turn;
    ticks_left_ = ticks_a_turn_;
  }

  std::uint64_t ticks_a_turn_;
  std::uint64_t ticks_left_;
  time_point turn_{};
};

} // namespace signalbox
