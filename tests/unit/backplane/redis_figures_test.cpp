// What a shard counts of Redis itself: connections and probes.

#include "tests/support/redis_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct counted : redis_fixture {
  const signalbox::figures& counts() { return at().figures; }

  std::chrono::nanoseconds since_heard() {
    return at().turn_start.time_since_epoch()
           - std::chrono::nanoseconds{counts().redis_heard_ns.value()};
  }
};

} // namespace

TEST_CASE_METHOD(counted, "redis_figures: the first connection is no reconnect",
                 "[redis_figures]") {
  connect();
  CHECK(counts().redis_reconnects.value() == 0);
  CHECK(counts().redis_disconnects.value() == 0);
}

TEST_CASE_METHOD(counted,
                 "redis_figures: a connection that is made again is counted",
                 "[redis_figures]") {
  connect();
  commands().lose();
  CHECK(counts().redis_disconnects.value() == 1);
  CHECK(counts().redis_reconnects.value() == 0);
  advance(1s);
  greet(*wires.lines.back());
  CHECK(counts().redis_reconnects.value() == 1);
}

TEST_CASE_METHOD(counted, "redis_figures: waiting begins with the backplane",
                 "[redis_figures]") {
  CHECK(since_heard() == 0ns);
  advance(3s);
  CHECK(since_heard() == 3s);
}

TEST_CASE_METHOD(counted, "redis_figures: a probe that is heard ends the wait",
                 "[redis_figures]") {
  connect();
  advance(300ms);
  settle();
  CHECK(since_heard() == 0ns);
  // Nobody answers from here on.
  advance(2s);
  CHECK(since_heard() == 2s);
}
