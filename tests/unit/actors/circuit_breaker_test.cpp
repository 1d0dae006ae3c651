#include "actors/circuit_breaker.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using signalbox::circuit_breaker;
using phase = circuit_breaker::phase;

namespace {

constexpr circuit_breaker::time_point at(std::chrono::milliseconds t) {
  return circuit_breaker::time_point{} + 1h + t;
}

/// Three failures open it, for five seconds.
struct breaker_of_three {
  void fail(int times, std::chrono::milliseconds when) {
    for (int i = 0; i < times; ++i)
      breaker.report_failure(at(when));
  }

  circuit_breaker breaker{3, 5s};
};

} // namespace

TEST_CASE_METHOD(breaker_of_three, "circuit_breaker: it starts closed",
                 "[circuit_breaker]") {
  CHECK(breaker.admits_join(at(0ms)));
  CHECK_FALSE(breaker.wants_probe(at(0ms)));
  CHECK_FALSE(breaker.is_open_or_half_open());
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: failures in a row open it at the threshold",
                 "[circuit_breaker]") {
  fail(2, 0ms);
  CHECK(breaker.admits_join(at(0ms)));
  fail(1, 1ms);
  CHECK(breaker.state() == phase::open);
  CHECK_FALSE(breaker.admits_join(at(1ms)));
  CHECK(breaker.is_open_or_half_open());
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: a success between failures starts the count "
                 "again",
                 "[circuit_breaker]") {
  fail(2, 0ms);
  breaker.report_success(at(1ms));
  fail(2, 2ms);
  CHECK(breaker.state() == phase::closed);
}

TEST_CASE("circuit_breaker: a threshold of one opens at the first failure",
          "[circuit_breaker]") {
  circuit_breaker breaker{1, 1ms};
  breaker.report_failure(at(0ms));
  CHECK(breaker.state() == phase::open);
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: it is half-open when asked after its time",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  CHECK_FALSE(breaker.wants_probe(at(4999ms)));
  CHECK(breaker.state() == phase::open);
  CHECK(breaker.wants_probe(at(5000ms)));
  CHECK(breaker.state() == phase::half_open);
  CHECK(breaker.is_open_or_half_open());
}

TEST_CASE_METHOD(breaker_of_three, "circuit_breaker: a join is never the trial",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  CHECK_FALSE(breaker.admits_join(at(6s)));
  CHECK(breaker.wants_probe(at(6s)));
  CHECK_FALSE(breaker.admits_join(at(6s)));
}

TEST_CASE_METHOD(breaker_of_three, "circuit_breaker: there is one trial a time",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  CHECK(breaker.wants_probe(at(5s)));
  CHECK_FALSE(breaker.wants_probe(at(5s)));
  CHECK_FALSE(breaker.wants_probe(at(9999ms)));
  // Its outcome was never reported.
  CHECK(breaker.wants_probe(at(10s)));
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: a trial that succeeds closes it",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  breaker.wants_probe(at(5s));
  breaker.report_success(at(5001ms));
  CHECK(breaker.admits_join(at(5001ms)));
  // With a count that starts at nothing.
  fail(2, 5002ms);
  CHECK(breaker.state() == phase::closed);
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: a trial that fails opens it for as long "
                 "again",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  breaker.wants_probe(at(5s));
  fail(1, 6s);
  CHECK(breaker.state() == phase::open);
  CHECK_FALSE(breaker.wants_probe(at(10'999ms)));
  CHECK(breaker.wants_probe(at(11s)));
}

TEST_CASE_METHOD(
  breaker_of_three,
  "circuit_breaker: answers from before it opened change nothing",
  "[circuit_breaker]") {
  fail(3, 0ms);
  breaker.report_success(at(1s));
  CHECK(breaker.state() == phase::open);
  fail(5, 4s);
  // Half-open, but the trial is not out yet.
  breaker.report_success(at(5s));
  fail(5, 5s);
  CHECK(breaker.state() == phase::half_open);
  CHECK(breaker.wants_probe(at(5s)));
}

TEST_CASE(
  "circuit_breaker: the longest time open and the highest threshold "
  "work",
  "[circuit_breaker]") {
  const std::chrono::milliseconds longest{1'000'000'000'000};
  circuit_breaker breaker{1, longest};
  breaker.report_failure(at(0ms));
  CHECK_FALSE(breaker.wants_probe(at(longest - 1ms)));
  CHECK(breaker.wants_probe(at(longest)));
  circuit_breaker patient{1'000'000'000'000, 1ms};
  for (int i = 0; i < 1000; ++i)
    patient.report_failure(at(0ms));
  CHECK(patient.admits_join(at(0ms)));
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: when the backplane seems back, the trial "
                 "does not wait",
                 "[circuit_breaker]") {
  fail(3, 0ms);
  CHECK_FALSE(breaker.wants_probe(at(1ms)));
  breaker.expect_return();
  CHECK_FALSE(breaker.admits_join(at(2ms)));
  CHECK(breaker.wants_probe(at(2ms)));
  breaker.report_success(at(3ms));
  CHECK(breaker.admits_join(at(3ms)));
}

TEST_CASE_METHOD(breaker_of_three,
                 "circuit_breaker: a return that nobody waited for changes "
                 "nothing",
                 "[circuit_breaker]") {
  fail(2, 0ms);
  breaker.expect_return();
  CHECK(breaker.state() == phase::closed);
  fail(1, 0ms);
  CHECK(breaker.state() == phase::open);
}
