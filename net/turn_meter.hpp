// Measures a shard's turns. Pure: the shard says when a turn begins and ends.
// Load and longest turn are of windows that last a second, or until the end of
// the turn that is under way then; a shard has several turns a second (its
// caretaker's beat), so that a window is never long over. Hot path: both
// members run once a turn.

#pragma once

#include "actors/figures.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace signalbox {

class turn_meter {
public:
  using clock = std::chrono::steady_clock;

  explicit turn_meter(clock::time_point now) noexcept
    : turn_start_(now), window_start_(now) {
    // nop
  }

  /// May be read by any thread.
  const turn_figures& figures() const noexcept { return figures_; }

  void begin_turn(clock::time_point now) noexcept {
    turn_start_ = now;
    figures_.turns.add();
  }

  /// REQUIRES: not before the turn's begin.
  void end_turn(clock::time_point now) noexcept {
    const auto lasted = now - turn_start_;
    figures_.busy_nanoseconds.add(static_cast<std::uint64_t>(lasted.count()));
    figures_.turn_time.observe(lasted);
    busy_ += lasted;
    if (lasted > longest_[0]) {
      longest_[0] = lasted;
      publish_longest();
    }
    if (now - window_start_ >= window)
      end_window(now);
  }

private:
  static constexpr clock::duration window = std::chrono::seconds{1};

  void publish_longest() noexcept {
    const auto longest = *std::max_element(longest_.begin(), longest_.end());
    figures_.longest_turn_ns.set(static_cast<std::uint64_t>(longest.count()));
  }

  void end_window(clock::time_point now) noexcept {
    const auto lasted = now - window_start_;
    figures_.load_permille.set(
      static_cast<std::uint64_t>(1000 * busy_.count() / lasted.count()));
    window_start_ = now;
    busy_ = {};
    std::shift_right(longest_.begin(), longest_.end(), 1);
    longest_[0] = {};
    publish_longest();
  }

  turn_figures figures_;
  clock::time_point turn_start_;
  clock::time_point window_start_;
  /// In this window.
  clock::duration busy_{};
  /// The longest turn of this window, and of each of those before it.
  std::array<clock::duration, 11> longest_{};
};

} // namespace signalbox
