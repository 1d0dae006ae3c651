#include "net/turn_meter.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

struct metered {
  turn_meter::clock::time_point now{1h};
  turn_meter meter{now};

  void sleep(std::chrono::nanoseconds for_so_long) { now += for_so_long; }

  void turn(std::chrono::nanoseconds that_lasts) {
    meter.begin_turn(now);
    now += that_lasts;
    meter.end_turn(now);
  }

  std::uint64_t load() const { return meter.figures().load_permille.value(); }

  std::chrono::nanoseconds longest() const {
    return std::chrono::nanoseconds{meter.figures().longest_turn_ns.value()};
  }
};

} // namespace

TEST_CASE_METHOD(metered, "turn_meter: turns and their time add up",
                 "[turn_meter]") {
  const auto& figures = meter.figures();
  turn(20us);
  sleep(1ms);
  turn(80us);
  CHECK(figures.turns.value() == 2);
  CHECK(figures.busy_nanoseconds.value() == 100'000);
  CHECK(figures.turn_time.sum() == 100us);
  CHECK(figures.turn_time.count_in(1) == 1); // To 25 us.
  CHECK(figures.turn_time.count_in(3) == 1); // To 100 us.
}

TEST_CASE_METHOD(metered, "turn_meter: a turn under way is counted, not timed",
                 "[turn_meter]") {
  meter.begin_turn(now);
  CHECK(meter.figures().turns.value() == 1);
  CHECK(meter.figures().busy_nanoseconds.value() == 0);
}

TEST_CASE_METHOD(metered, "turn_meter: load is unknown for a second",
                 "[turn_meter]") {
  for (int i = 0; i < 9; ++i)
    turn(100ms);
  CHECK(load() == 0);
  turn(100ms);
  CHECK(load() == 1000);
}

TEST_CASE_METHOD(metered, "turn_meter: load is the part spent in turns",
                 "[turn_meter]") {
  for (int i = 0; i < 10; ++i) {
    sleep(75ms);
    turn(25ms);
  }
  CHECK(load() == 250);
}

TEST_CASE_METHOD(metered, "turn_meter: load is of the last second alone",
                 "[turn_meter]") {
  turn(1s);
  CHECK(load() == 1000);
  sleep(900ms);
  turn(100ms);
  CHECK(load() == 100);
  sleep(1s);
  turn(0ms);
  CHECK(load() == 0);
}

TEST_CASE_METHOD(metered, "turn_meter: load never exceeds all there is",
                 "[turn_meter]") {
  sleep(999ms);
  turn(4s);
  CHECK(load() == 4000 * 1000 / 4999);
  turn(10s);
  CHECK(load() == 1000);
}

TEST_CASE_METHOD(metered, "turn_meter: the longest turn is known at once",
                 "[turn_meter]") {
  turn(3ms);
  turn(1ms);
  CHECK(longest() == 3ms);
  turn(5ms);
  CHECK(longest() == 5ms);
}

TEST_CASE_METHOD(metered,
                 "turn_meter: the longest turn is forgotten after ten seconds",
                 "[turn_meter]") {
  turn(300ms);
  turn(700ms); // Ends the window.
  for (int i = 0; i < 9; ++i) {
    sleep(990ms);
    turn(10ms);
    CHECK(longest() == 700ms);
  }
  sleep(980ms);
  turn(20ms);
  CHECK(longest() == 20ms);
}
