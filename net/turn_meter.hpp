// Measures a shard's turns. Pure: the shard says when a turn begins and ends.
// Load and longest turn are of windows that last a second, or until the end of
// the turn that is under way then; a shard has several turns a second (its
// caretaker's beat), so that a window is never long over. Hot path: both
// members run once a turn.

#pragma once

#include "actors/figures.hpp"
#include "actors/recent_maximum.hpp"

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
    if (longest_.saw(lasted))
      publish_longest();
    if (now - window_start_ >= window)
      end_window(now);
  }

private:
  static constexpr clock::duration window = std::chrono::seconds{1};

  void publish_longest() noexcept {
    figures_.longest_turn_ns.set(
      static_cast<std::uint64_t>(longest_.value().count()));
  }

  void end_window(clock::time_point now) noexcept {
    const auto lasted = now - window_start_;
    figures_.load_permille.set(
      static_cast<std::uint64_t>(1000 * busy_.count() / lasted.count()));
    window_start_ = now;
    busy_ = {};
    longest_.end_window();
    publish_longest();
  }

  turn_figures figures_;
  clock::time_point turn_start_;
  clock::time_point window_start_;
  /// In this window.
  clock::duration busy_{};
  recent_maximum<clock::duration> longest_;
};

} // namespace signalbox
