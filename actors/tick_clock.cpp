#include "actors/tick_clock.hpp"

namespace signalbox {

namespace {

// Measured once, against the steady clock. Takes a millisecond.
double measure_nanoseconds_per_tick() noexcept {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  const auto first = tick_clock::now();
  auto end = begin;
  while (end - begin < std::chrono::milliseconds{1})
    end = clock::now();
  const auto ticks = tick_clock::since(first);
  return ticks == 0
           ? 1.0
           : std::chrono::duration<double, std::nano>(end - begin).count()
               / static_cast<double>(ticks);
}

double nanoseconds_per_tick() noexcept {
  static const auto result = measure_nanoseconds_per_tick();
  return result;
}

} // namespace

std::chrono::nanoseconds tick_clock::duration(std::uint64_t ticks) noexcept {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(
    static_cast<double>(ticks) * nanoseconds_per_tick())};
}

std::uint64_t tick_clock::ticks(std::chrono::nanoseconds duration) noexcept {
  return static_cast<std::uint64_t>(static_cast<double>(duration.count())
                                    / nanoseconds_per_tick());
}

} // namespace signalbox
