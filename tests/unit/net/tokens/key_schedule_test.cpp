#include "net/tokens/key_schedule.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::chrono_literals;
using answer = key_schedule::answer;

namespace {

/// Keys that are fresh for a minute, asked for at most once a second.
struct a_minute {
  void fetch_well() {
    REQUIRE(schedule.asked(now) == answer::after_new_fetch);
    schedule.fetched(now);
  }

  void fetch_in_vain() {
    REQUIRE(schedule.asked(now) == answer::after_new_fetch);
    schedule.failed(now);
  }

  bool is_fresh() const { return now < schedule.fresh_until(); }

  /// How long the keys are fresh yet.
  auto left() const { return schedule.fresh_until() - now; }

  key_schedule schedule{60s, 1s};
  key_schedule::time_point now{1h};
};

} // namespace

TEST_CASE_METHOD(a_minute, "key_schedule: nothing is fresh before the first",
                 "[key_schedule]") {
  CHECK_FALSE(is_fresh());
  now = {};
  CHECK_FALSE(is_fresh());
}

TEST_CASE_METHOD(a_minute, "key_schedule: the first who asks starts a fetch",
                 "[key_schedule]") {
  now = GENERATE(key_schedule::time_point{}, key_schedule::time_point{1h});
  CHECK(schedule.asked(now) == answer::after_new_fetch);
}

TEST_CASE_METHOD(a_minute, "key_schedule: those who ask meanwhile share it",
                 "[key_schedule]") {
  schedule.asked(now);
  for (int i = 0; i < 1000; ++i) {
    now += 5ms;
    REQUIRE(schedule.asked(now) == answer::after_fetch);
  }
}

TEST_CASE_METHOD(a_minute, "key_schedule: fetched keys are fresh for their ttl",
                 "[key_schedule]") {
  fetch_well();
  CHECK(left() == 60s);
  CHECK_FALSE(schedule.is_failing());
}

TEST_CASE_METHOD(a_minute, "key_schedule: the ttl begins when they came",
                 "[key_schedule]") {
  schedule.asked(now);
  now += 4s;
  schedule.fetched(now);
  CHECK(left() == 60s);
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: who asks in the cool-down is answered at once",
                 "[key_schedule]") {
  SECTION("after a good fetch") {
    fetch_well();
  }
  SECTION("after a failed one") {
    fetch_in_vain();
  }
  CHECK(schedule.asked(now) == answer::now);
  now += 999ms;
  CHECK(schedule.asked(now) == answer::now);
  now += 1ms;
  CHECK(schedule.asked(now) == answer::after_new_fetch);
}

TEST_CASE_METHOD(a_minute, "key_schedule: the cool-down begins with the start",
                 "[key_schedule]") {
  schedule.asked(now);
  now += 900ms;
  schedule.fetched(now);
  CHECK(schedule.asked(now) == answer::now);
  now += 100ms;
  CHECK(schedule.asked(now) == answer::after_new_fetch);
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: a fetch longer than the cool-down is shared",
                 "[key_schedule]") {
  schedule.asked(now);
  now += 5s;
  CHECK(schedule.asked(now) == answer::after_fetch);
  schedule.failed(now);
  CHECK(schedule.asked(now) == answer::after_new_fetch);
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: unknown keys start one fetch a cool-down",
                 "[key_schedule]") {
  fetch_well();
  int fetches = 0;
  for (int i = 0; i < 10'000; ++i) {
    now += 1ms;
    if (schedule.asked(now) == answer::after_new_fetch) {
      ++fetches;
      schedule.fetched(now);
    }
  }
  CHECK(fetches == 10);
}

// -- the issuer is down -------------------------------------------------------

TEST_CASE_METHOD(a_minute,
                 "key_schedule: old keys are used longer after each failure",
                 "[key_schedule]") {
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
    fetch_in_vain();
    CHECK(left() == expected);
    CHECK(schedule.is_failing());
    now = schedule.fresh_until();
  }
}

TEST_CASE_METHOD(a_minute, "key_schedule: after a good fetch failures are few",
                 "[key_schedule]") {
  for (int i = 0; i < 5; ++i) {
    fetch_in_vain();
    now += 1s;
  }
  fetch_well();
  CHECK_FALSE(schedule.is_failing());
  now += 60s;
  fetch_in_vain();
  CHECK(left() == 1s);
}

TEST_CASE("key_schedule: old keys are used no longer than fetched ones",
          "[key_schedule]") {
  key_schedule schedule{5s, 1s};
  key_schedule::time_point now{1h};
  for (const auto expected : {1s, 2s, 4s, 5s, 5s}) {
    schedule.asked(now);
    schedule.failed(now);
    CHECK(schedule.fresh_until() - now == expected);
    now += 5s;
  }
}

TEST_CASE("key_schedule: old keys are used until a fetch is due again",
          "[key_schedule]") {
  const auto ttl = GENERATE(1ms, 3'600'000ms);
  key_schedule schedule{ttl, 10min};
  key_schedule::time_point now{1h};
  schedule.asked(now);
  schedule.failed(now);
  CHECK(schedule.fresh_until() - now == 10min);
}

TEST_CASE_METHOD(a_minute, "key_schedule: a failure takes nothing from the ttl",
                 "[key_schedule]") {
  fetch_well();
  now += 20s;
  fetch_in_vain();
  CHECK(left() == 40s);
  now += 39'500ms;
  fetch_in_vain();
  CHECK(left() == 2s);
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: nobody waits for an issuer known to be down",
                 "[key_schedule]") {
  fetch_well();
  now += 60s;
  fetch_in_vain();
  now = schedule.fresh_until();
  CHECK_FALSE(is_fresh());
  CHECK(schedule.asked(now) == answer::after_new_fetch);
  CHECK(left() >= key_schedule::fetch_time_max);
  now += 5s;
  schedule.failed(now);
  CHECK(left() == 2s);
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: those of a first fetch after the ttl wait",
                 "[key_schedule]") {
  fetch_well();
  now += 60s;
  CHECK_FALSE(is_fresh());
  schedule.asked(now);
  CHECK_FALSE(is_fresh());
}

TEST_CASE_METHOD(a_minute,
                 "key_schedule: a fetch under way takes nothing from the ttl",
                 "[key_schedule]") {
  fetch_well();
  now += 1s;
  fetch_in_vain();
  now += 1s;
  schedule.asked(now);
  CHECK(left() == 58s);
}

// -- bounds -------------------------------------------------------------------

TEST_CASE("key_schedule: limits may be as low as a millisecond",
          "[key_schedule]") {
  key_schedule schedule{1ms, 1ms};
  key_schedule::time_point now{};
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(schedule.asked(now) == answer::after_new_fetch);
    REQUIRE(schedule.asked(now) == answer::after_fetch);
    if (i % 2)
      schedule.fetched(now);
    else
      schedule.failed(now);
    REQUIRE(schedule.fresh_until() == now + 1ms);
    REQUIRE(schedule.asked(now) == answer::now);
    now += 1ms;
  }
}

TEST_CASE("key_schedule: limits may be as high as 10^12 milliseconds",
          "[key_schedule]") {
  constexpr auto most = 1'000'000'000'000ms;
  key_schedule schedule{most, most};
  // A machine that has been up for ten years.
  key_schedule::time_point now{std::chrono::hours{24 * 3650}};
  const auto start = now;
  schedule.asked(now);
  SECTION("after a good fetch") {
    schedule.fetched(now);
  }
  SECTION("after a failed one") {
    schedule.failed(now);
  }
  CHECK(schedule.fresh_until() == start + most);
  now = start + most - 1ms;
  CHECK(schedule.asked(now) == answer::now);
  now += 1ms;
  CHECK(schedule.asked(now) == answer::after_new_fetch);
}
