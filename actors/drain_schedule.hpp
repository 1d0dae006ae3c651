// How fast a drain closes sessions: evenly over the first part of the drain
// time, so that clients do not all reconnect elsewhere in one instant. Pure.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace signalbox {

class drain_schedule {
public:
  /// The last close is sent by this share of the drain time; the rest is for
  /// the close handshakes of those told last.
  static constexpr int closing_percent = 80;

  /// `sessions`: those present at the start.
  constexpr drain_schedule(std::chrono::milliseconds drain_timeout,
                           std::size_t sessions) noexcept
    // Divided first: 10^12 ms in nanoseconds leave no room for a factor of 80.
    : closing_time_(std::chrono::nanoseconds{drain_timeout} / 100
                    * closing_percent),
      sessions_(sessions) {}

  /// How many sessions must have been told to close `elapsed` after the start.
  /// The first one goes at once; all have gone after 80 % of the time. Never
  /// falls as `elapsed` grows.
  constexpr std::size_t
  closes_due(std::chrono::nanoseconds elapsed) const noexcept {
    elapsed = std::max(elapsed, std::chrono::nanoseconds{0});
    if (elapsed >= closing_time_)
      return sessions_;
    // In floating point, as the product may need more than 64 bits; less than
    // `sessions_` by construction.
    const auto due =
      static_cast<std::size_t>(static_cast<double>(elapsed.count())
                               * static_cast<double>(sessions_)
                               / static_cast<double>(closing_time_.count()))
      + 1;
    return std::min(due, sessions_);
  }

private:
  std::chrono::nanoseconds closing_time_;
  std::size_t sessions_;
};

} // namespace signalbox
