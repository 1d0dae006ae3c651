// What one actor counts about itself. Written and read by its home's thread
// only: plain numbers, no lock, no atomic. SIGNALBOX_STATISTICS=0 compiles the
// counting out, to measure what it costs.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#ifndef SIGNALBOX_STATISTICS
#  define SIGNALBOX_STATISTICS 1
#endif

namespace signalbox {

/// Handling times in decades: how many messages took so long.
struct handling_histogram {
  /// Upper bounds; one more bucket counts what is above.
  static constexpr std::array<std::chrono::nanoseconds, 5> bounds{
    std::chrono::microseconds{1}, std::chrono::microseconds{10},
    std::chrono::microseconds{100}, std::chrono::milliseconds{1},
    std::chrono::milliseconds{10}};

  std::array<std::uint64_t, bounds.size() + 1> counts{};
  std::chrono::nanoseconds sum{};

  /// `messages` that took `each` on average.
  void observe(std::chrono::nanoseconds each, std::uint64_t messages) noexcept {
    std::size_t i = 0;
    while (i < bounds.size() && each > bounds[i])
      ++i;
    counts[i] += messages;
  }
};

} // namespace signalbox
