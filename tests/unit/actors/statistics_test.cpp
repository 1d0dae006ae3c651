#include "actors/statistics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

constexpr handling_bounds bounds{10, 100, 1000, 10'000, 100'000};

using counts = std::array<std::uint64_t, handling_histogram::buckets>;

} // namespace

TEST_CASE("statistics: a message counts in the bucket of its time",
          "[statistics]") {
  actor_statistics x;
  for (std::uint64_t ticks : {1, 10, 11, 1000, 100'000, 100'001})
    x.handled(1, ticks, bounds);
  CHECK(x.durations == counts{2, 1, 1, 0, 1, 1});
  CHECK(x.ticks == 201'023);
}

TEST_CASE("statistics: messages handled together share their time",
          "[statistics]") {
  actor_statistics x;
  x.handled(4, 44, bounds);
  CHECK(x.durations == counts{0, 4, 0, 0, 0, 0});
  CHECK(x.ticks == 44);
}

TEST_CASE("statistics: a turn without a message counts nothing",
          "[statistics]") {
  actor_statistics x;
  x.handled(0, 5000, bounds);
  CHECK(x.durations == counts{});
  CHECK(x.ticks == 0);
}

TEST_CASE("statistics: the longest mailbox is remembered", "[statistics]") {
  actor_statistics x;
  for (std::size_t depth : {1, 7, 3})
    x.saw_mailbox(depth);
  CHECK(x.mailbox_max == 7);
}

TEST_CASE("tick clock: ticks and durations are the same thing twice",
          "[statistics]") {
  for (auto duration : {1us, 1000us, 1'000'000us}) {
    const auto back = tick_clock::duration(tick_clock::ticks(duration));
    CHECK(back > duration - 1us);
    CHECK(back <= duration);
  }
  const auto in_ticks = handling_bounds_in_ticks();
  CHECK(std::is_sorted(in_ticks.begin(), in_ticks.end()));
}
