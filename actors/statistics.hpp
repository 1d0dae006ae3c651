// What one actor counts about itself. Written and read by its home's thread
// only: plain numbers, no lock, no atomic. SIGNALBOX_STATISTICS=0 compiles the
// counting out, to measure what it costs.

#pragma once

#include "actors/tick_clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>

#ifndef SIGNALBOX_STATISTICS
#  define SIGNALBOX_STATISTICS 1
#endif

namespace signalbox {

/// How long messages took to handle, in decades.
struct handling_histogram {
  /// Upper bounds; one more bucket counts what is above.
  static constexpr std::array<std::chrono::nanoseconds, 5> bounds{
    std::chrono::microseconds{1}, std::chrono::microseconds{10},
    std::chrono::microseconds{100}, std::chrono::milliseconds{1},
    std::chrono::milliseconds{10}};

  static constexpr std::size_t buckets = bounds.size() + 1;

  std::array<std::uint64_t, buckets> counts{};
  std::chrono::nanoseconds sum{};
};

/// The bounds in ticks.
using handling_bounds =
  std::array<std::uint64_t, handling_histogram::bounds.size()>;

/// Takes a millisecond the first time.
handling_bounds handling_bounds_in_ticks() noexcept;

/// Of one actor, from its first message on.
struct actor_statistics {
  std::array<std::uint64_t, handling_histogram::buckets> durations{};
  std::uint64_t ticks = 0;
  std::uint64_t messages = 0;
  std::uint32_t mailbox_max = 0;

  void saw_mailbox(std::size_t depth) noexcept {
    if (depth > mailbox_max)
      mailbox_max = static_cast<std::uint32_t>(depth);
  }

  /// `count` messages, handled one after another within `spent` ticks; each
  /// counts with its share.
  void handled(std::uint64_t count, std::uint64_t spent,
               const handling_bounds& bounds) noexcept {
    if (count == 0)
      return;
    const auto each = count == 1 ? spent : spent / count;
    std::size_t i = 0;
    while (i < bounds.size() && each > bounds[i])
      ++i;
    durations[i] += count;
    ticks += spent;
  }

  handling_histogram histogram() const noexcept {
    return {durations, tick_clock::duration(ticks)};
  }
};

} // namespace signalbox
