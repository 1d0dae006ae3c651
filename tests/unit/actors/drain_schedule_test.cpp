#include "actors/drain_schedule.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using signalbox::drain_schedule;

TEST_CASE(
  "drain_schedule: closes are spread evenly over four fifths of the "
  "time",
  "[drain_schedule]") {
  const drain_schedule schedule{5s, 1000};
  CHECK(schedule.closes_due(0ms) == 1);
  CHECK(schedule.closes_due(1s) == 251);
  CHECK(schedule.closes_due(2s) == 501);
  CHECK(schedule.closes_due(3s) == 751);
  CHECK(schedule.closes_due(3999ms) == 1000);
  CHECK(schedule.closes_due(5s) == 1000);
  CHECK(schedule.closes_due(1h) == 1000);
}

TEST_CASE("drain_schedule: few sessions go one by one", "[drain_schedule]") {
  const drain_schedule schedule{5s, 4};
  CHECK(schedule.closes_due(999ms) == 1);
  CHECK(schedule.closes_due(1000ms) == 2);
  CHECK(schedule.closes_due(1999ms) == 2);
  CHECK(schedule.closes_due(3000ms) == 4);
}

TEST_CASE("drain_schedule: one session goes at once", "[drain_schedule]") {
  CHECK(drain_schedule{5s, 1}.closes_due(0ms) == 1);
}

TEST_CASE("drain_schedule: no session is none at any time",
          "[drain_schedule]") {
  CHECK(drain_schedule{5s, 0}.closes_due(0ms) == 0);
  CHECK(drain_schedule{5s, 0}.closes_due(9s) == 0);
}

TEST_CASE("drain_schedule: a drain time of 1 ms closes all within it",
          "[drain_schedule]") {
  const drain_schedule schedule{1ms, 10'000};
  CHECK(schedule.closes_due(0ms) == 1);
  CHECK(schedule.closes_due(400us) == 5001);
  CHECK(schedule.closes_due(800us) == 10'000);
  CHECK(schedule.closes_due(1ms) == 10'000);
}

TEST_CASE("drain_schedule: no drain time closes all at once",
          "[drain_schedule]") {
  CHECK(drain_schedule{0ms, 7}.closes_due(0ms) == 7);
  CHECK(drain_schedule{0ms, 7}.closes_due(-1ms) == 7);
}

TEST_CASE("drain_schedule: a clock behind the start counts as the start",
          "[drain_schedule]") {
  CHECK(drain_schedule{5s, 100}.closes_due(-1s) == 1);
}

TEST_CASE("drain_schedule: the longest drain time works", "[drain_schedule]") {
  const std::chrono::milliseconds longest{1'000'000'000'000};
  const drain_schedule schedule{longest, 1'000'000};
  // One close in 800 s: 4.5 of them in the hour.
  CHECK(schedule.closes_due(longest / 5 * 2 + 1h) == 500'005);
  CHECK(schedule.closes_due(longest / 5 * 4) == 1'000'000);
}

TEST_CASE("drain_schedule: what is due never falls", "[drain_schedule]") {
  const drain_schedule schedule{777ms, 1234};
  std::size_t before = 0;
  std::size_t falls = 0;
  for (auto t = 0us; t < 800ms; t += 1us) {
    const auto due = schedule.closes_due(t);
    falls += due < before ? 1 : 0;
    before = due;
  }
  CHECK(falls == 0);
  CHECK(before == 1234);
}
