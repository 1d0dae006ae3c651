// Circuit breaker in front of the backplane. No clock inside, one thread only.
//
//   closed --- cb_error_threshold failures in a row ---> open
//     ^                    cb_open later, when asked, or |  ^
//     | trial succeeded           when it seems back     |  | trial failed
//     |                                                  v  |
//     +--------------------------------------------- half-open
//
// The trial is the backplane's own probe, never a user's join. Timeouts count
// as failures.
// Source: Nygard, "Release It!", 2nd edition, §5.2.

#pragma once

#include <chrono>
#include <cstdint>

namespace signalbox {

class circuit_breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class phase : std::uint8_t { closed, open, half_open };

  /// `error_threshold` is at least 1.
  circuit_breaker(std::uint64_t error_threshold,
                  std::chrono::milliseconds open_for) noexcept;

  /// Whether a join may use the backplane: only while closed.
  bool admits_join(time_point now) noexcept;

  /// Whether the caller must send the trial now, and report its outcome. True
  /// once for each trial; again after `open_for` if no outcome was reported.
  bool wants_probe(time_point now) noexcept;

  /// The backplane seems to be back: the trial need not wait for `open_for`.
  void expect_return() noexcept;

  /// A command or probe was answered. While open this changes nothing: it is
  /// an answer from before.
  void report_success(time_point now) noexcept;

  /// A command or probe failed or timed out. While open this changes nothing:
  /// what was under way when it opened does not keep it open longer.
  void report_failure(time_point now) noexcept;

  phase state() const noexcept { return state_; }

  /// For the gauge.
  bool is_open_or_half_open() const noexcept { return state_ != phase::closed; }

private:
  void open(time_point now) noexcept;
  void half_open_if_due(time_point now) noexcept;

  std::uint64_t error_threshold_;
  std::chrono::milliseconds open_for_;
  std::uint64_t failures_ = 0;
  /// When it opened; while half-open, when the trial was handed out.
  time_point since_{};
  bool is_trial_out_ = false;
  phase state_ = phase::closed;
};

} // namespace signalbox
