#include "actors/timer_wheel.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using signalbox::timer_entry;
using signalbox::timer_wheel;
using std::chrono::milliseconds;

namespace {

using time_point = timer_wheel::time_point;

constexpr time_point at(milliseconds since_start) {
  return time_point{} + 1'000'000s + since_start;
}

/// Runs what it is told to when it expires.
struct probe_timer final : timer_entry {
  explicit probe_timer(std::function<void()> f = {})
    : on_expired(std::move(f)) {}

  void expired() override {
    ++fired;
    if (on_expired)
      on_expired();
  }

  std::function<void()> on_expired;
  int fired = 0;
};

/// A wheel of eight slots of 10 ms, at `at(0ms)`.
struct small_wheel {
  small_wheel() { wheel.set_now(at(0ms)); }

  /// The first of the ticks from now on at which `entry` fires.
  std::optional<milliseconds> when_fired(const probe_timer& entry,
                                         milliseconds until) {
    const auto before = entry.fired;
    for (auto t = 0ms; t <= until; t += 10ms) {
      wheel.advance(at(t));
      if (entry.fired != before)
        return t;
    }
    return std::nullopt;
  }

  /// In which order entries of these delays fire, by index, if the wheel is not
  /// advanced before `late`.
  std::vector<int> order_of(const std::vector<int>& delays, milliseconds late) {
    std::vector<int> order;
    std::vector<std::unique_ptr<probe_timer>> entries;
    wheel.advance(at(0ms));
    for (int i = 0; i < static_cast<int>(delays.size()); ++i) {
      entries.push_back(
        std::make_unique<probe_timer>([&order, i] { order.push_back(i); }));
      wheel.schedule(*entries.back(), milliseconds{delays[i]});
    }
    wheel.advance(at(late));
    return order;
  }

  timer_wheel wheel{8, 10ms};
};

} // namespace

TEST_CASE_METHOD(small_wheel, "timer_wheel: an entry fires at its tick, once",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.schedule(entry, 30ms);
  CHECK(wheel.advance(at(29ms)) == 0);
  CHECK(wheel.advance(at(30ms)) == 1);
  CHECK_FALSE(entry.is_armed());
  CHECK(wheel.advance(at(1h)) == 0);
  CHECK(entry.fired == 1);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: between ticks it rounds up",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.set_now(at(7ms));
  wheel.schedule(entry, 25ms);
  CHECK(when_fired(entry, 100ms) == 40ms);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: no delay means the next tick",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.advance(at(0ms));
  wheel.schedule(entry, 0ms);
  CHECK(wheel.advance(at(9ms)) == 0);
  CHECK(wheel.advance(at(10ms)) == 1);
  wheel.schedule(entry, -5ms);
  CHECK(when_fired(entry, 100ms) == 20ms);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: deadlines beyond a round work",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.schedule(entry, 790ms);
  CHECK(when_fired(entry, 2s) == 790ms);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: the longest delay works",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.schedule(entry, milliseconds::max());
  CHECK(wheel.advance(at(timer_wheel::delay_max - 10ms)) == 0);
  CHECK(wheel.advance(at(timer_wheel::delay_max)) == 1);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: rescheduling moves an entry",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.schedule(entry, 20ms);
  wheel.schedule(entry, 70ms);
  CHECK(when_fired(entry, 1s) == 70ms);
  wheel.schedule(entry, 50ms);
  wheel.schedule(entry, 20ms);
  CHECK(wheel.advance(at(90ms)) == 1);
  CHECK(wheel.advance(at(1s)) == 0);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: a cancelled entry does not fire",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.cancel(entry);
  wheel.schedule(entry, 20ms);
  wheel.cancel(entry);
  CHECK_FALSE(entry.is_armed());
  CHECK(wheel.advance(at(1s)) == 0);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: a destroyed entry does not fire",
                 "[timer_wheel]") {
  probe_timer stays;
  {
    probe_timer goes;
    wheel.schedule(goes, 20ms);
    wheel.schedule(stays, 20ms);
  }
  CHECK(wheel.advance(at(20ms)) == 1);
}

TEST_CASE("timer_wheel: entries outlive their wheel", "[timer_wheel]") {
  probe_timer entry;
  {
    timer_wheel wheel{4, 1ms};
    wheel.schedule(entry, 3ms);
  }
  CHECK_FALSE(entry.is_armed());
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: a late call fires tick by tick",
                 "[timer_wheel]") {
  CHECK(order_of({60, 20, 70, 10, 50, 30, 10, 40}, 75ms)
        == std::vector{3, 6, 1, 5, 7, 4, 0, 2});
}

TEST_CASE_METHOD(small_wheel,
                 "timer_wheel: a call rounds late fires tick by tick",
                 "[timer_wheel]") {
  CHECK(order_of({160, 20, 240, 10, 90, 170, 10}, 1h)
        == std::vector{3, 6, 1, 4, 0, 5, 2});
}

TEST_CASE_METHOD(small_wheel,
                 "timer_wheel: an entry that arms itself fires every time",
                 "[timer_wheel]") {
  probe_timer heartbeat;
  heartbeat.on_expired = [&] { wheel.schedule(heartbeat, 30ms); };
  wheel.schedule(heartbeat, 30ms);
  for (auto t = 0ms; t <= 300ms; t += 10ms)
    wheel.advance(at(t));
  CHECK(heartbeat.fired == 10);
}

TEST_CASE_METHOD(small_wheel,
                 "timer_wheel: arming without delay cannot trap a call",
                 "[timer_wheel]") {
  probe_timer eager;
  eager.on_expired = [&] { wheel.schedule(eager, 0ms); };
  wheel.schedule(eager, 0ms);
  CHECK(wheel.advance(at(1s)) == 1);
  CHECK(wheel.advance(at(1010ms)) == 1);
}

TEST_CASE_METHOD(small_wheel,
                 "timer_wheel: an expiring entry may cancel, move and destroy "
                 "others that are due",
                 "[timer_wheel]") {
  probe_timer cancelled;
  probe_timer moved;
  auto destroyed = std::make_unique<probe_timer>();
  probe_timer first{[&] {
    wheel.cancel(cancelled);
    wheel.schedule(moved, 50ms);
    destroyed.reset();
  }};
  probe_timer last;
  wheel.schedule(first, 20ms);
  wheel.schedule(cancelled, 20ms);
  wheel.schedule(*destroyed, 20ms);
  wheel.schedule(moved, 30ms);
  wheel.schedule(last, 30ms);
  CHECK(wheel.advance(at(30ms)) == 2);
  CHECK(last.fired == 1);
  CHECK(cancelled.fired == 0);
  CHECK(moved.fired == 0);
  CHECK(wheel.advance(at(79ms)) == 0);
  CHECK(wheel.advance(at(80ms)) == 1);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: an entry may destroy itself",
                 "[timer_wheel]") {
  auto entry = std::make_unique<probe_timer>();
  entry->on_expired = [&] { entry.reset(); };
  wheel.schedule(*entry, 20ms);
  CHECK(wheel.advance(at(20ms)) == 1);
  CHECK(entry == nullptr);
}

TEST_CASE_METHOD(small_wheel,
                 "timer_wheel: what an exception leaves behind fires next time",
                 "[timer_wheel]") {
  probe_timer fails{[] { throw std::runtime_error{"expired"}; }};
  probe_timer other;
  wheel.schedule(fails, 20ms);
  wheel.schedule(other, 20ms);
  CHECK_THROWS_AS(wheel.advance(at(20ms)), std::runtime_error);
  CHECK(wheel.advance(at(20ms)) == 1);
  CHECK(other.fired == 1);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: time told twice or late is ignored",
                 "[timer_wheel]") {
  probe_timer entry;
  wheel.advance(at(100ms));
  wheel.set_now(at(50ms));
  wheel.schedule(entry, 20ms);
  CHECK(wheel.advance(at(90ms)) == 0);
  CHECK(wheel.advance(at(119ms)) == 0);
  CHECK(wheel.advance(at(120ms)) == 1);
}

TEST_CASE_METHOD(small_wheel, "timer_wheel: it knows when its next tick is",
                 "[timer_wheel]") {
  wheel.advance(at(25ms));
  CHECK(wheel.next_tick() == at(30ms));
}

TEST_CASE("timer_wheel: the tick is an eighth of the timeout within bounds",
          "[timer_wheel]") {
  CHECK(timer_wheel::tick_for(1ms) == 1ms);
  CHECK(timer_wheel::tick_for(80ms) == 10ms);
  CHECK(timer_wheel::tick_for(5s) == 250ms);
}

TEST_CASE(
  "timer_wheel: ten thousand random entries are never early and at "
  "most a tick late",
  "[timer_wheel]") {
  std::mt19937 random{1987};
  timer_wheel wheel{64, 4ms};
  time_point now = at(0ms);
  wheel.advance(now);
  time_point previous = now;
  std::size_t wrong = 0;
  std::vector<std::unique_ptr<probe_timer>> entries;
  for (int i = 0; i < 10'000; ++i) {
    auto delay = milliseconds{random() % 3000};
    // The call before came at most 3 ms ago, so that a tick is never missed.
    entries.push_back(std::make_unique<probe_timer>([&, due = now + delay] {
      wrong += now < due || now - due > 4ms + 3ms || previous >= due + 4ms;
    }));
    wheel.schedule(*entries.back(), delay);
    previous = std::exchange(now, now + milliseconds{random() % 4});
    wheel.advance(now);
  }
  for (int i = 0; i < 3004; ++i) {
    previous = std::exchange(now, now + 1ms);
    wheel.advance(now);
  }
  CHECK(wrong == 0);
  CHECK(std::all_of(entries.begin(), entries.end(),
                    [](const auto& x) { return x->fired == 1; }));
}
