// The wheel of a shard with many sessions.

#include "actors/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <deque>
#include <random>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t entries_count = 19'000;
constexpr std::size_t slots = 512;
constexpr auto tick = 250ms;
constexpr auto heartbeat = 30'000ms;

class heart final : public timer_entry {
public:
  explicit heart(timer_wheel& wheel) : wheel_(wheel) {}

private:
  void expired() override { wheel_.schedule(*this, heartbeat); }

  timer_wheel& wheel_;
};

/// Sessions that came at any time within one heartbeat.
struct many_hearts {
  many_hearts() {
    wheel.set_now(now);
    std::mt19937 random{1};
    std::uniform_int_distribution<int> delay{1, 30'000};
    for (std::size_t i = 0; i < entries_count; ++i)
      wheel.schedule(hearts.emplace_back(wheel),
                     std::chrono::milliseconds{delay(random)});
  }

  heart& any() {
    // A stride that meets all of them: neighbours are not in one cache line.
    at_ = (at_ + 7919) % entries_count;
    return hearts[at_];
  }

  timer_wheel::time_point now = timer_wheel::time_point{} + 1h;
  timer_wheel wheel{slots, tick};
  std::deque<heart> hearts;

private:
  std::size_t at_ = 0;
};

void schedule(benchmark::State& state) {
  many_hearts x;
  heart extra{x.wheel};
  for (auto _ : state) {
    x.wheel.schedule(extra, heartbeat);
    x.wheel.cancel(extra);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(schedule);

void reschedule(benchmark::State& state) {
  many_hearts x;
  for (auto _ : state)
    x.wheel.schedule(x.any(), heartbeat);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(reschedule);

/// An operation is one tick, an item an entry that fired and came again.
void advance(benchmark::State& state) {
  many_hearts x;
  std::size_t fired = 0;
  for (auto _ : state) {
    x.now += tick;
    fired += x.wheel.advance(x.now);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(fired));
}
BENCHMARK(advance);

} // namespace
