#include "actors/token_bucket.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <thread>

using signalbox::message_rate;
using signalbox::shared_token_bucket;
using signalbox::token_bucket;

namespace {

/// How many of `attempts` takes at one instant are granted.
template <class Bucket>
std::uint64_t taken_at(Bucket& bucket, const message_rate& rate,
                       double now_seconds, std::uint64_t attempts) {
  std::uint64_t granted = 0;
  for (std::uint64_t i = 0; i < attempts; ++i)
    granted += bucket.try_take(rate, now_seconds) ? 1 : 0;
  return granted;
}

/// How many of the messages are refused that come every `interval` from an
/// empty bucket on, for `duration`. Seconds.
std::uint64_t lost_at_pace(std::uint64_t limit, double interval,
                           double duration) {
  const message_rate rate{limit};
  const auto start = 1'234'567.89;
  token_bucket bucket;
  taken_at(bucket, rate, start, limit);
  std::uint64_t lost = 0;
  const auto count = static_cast<std::uint64_t>(duration / interval);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto now = start + static_cast<double>(i) * interval;
    lost += bucket.try_take(rate, now) ? 0 : 1;
  }
  return lost;
}

constexpr double hours = 3600;

} // namespace

TEST_CASE("token_bucket: at one instant exactly the limit is granted",
          "[token_bucket]") {
  for (std::uint64_t limit : {1, 2, 3, 7, 10, 200, 500, 1000, 999'983}) {
    for (double now : {0.0, 0.001, 17.3, 12'345.678, 31'556'952.1}) {
      CAPTURE(limit, now);
      token_bucket bucket;
      CHECK(taken_at(bucket, message_rate{limit}, now, limit + 3) == limit);
    }
  }
}

TEST_CASE("token_bucket: an empty one grants one more after its interval",
          "[token_bucket]") {
  for (std::uint64_t limit : {1, 3, 7, 200, 100'000}) {
    CAPTURE(limit);
    const message_rate rate{limit};
    const auto interval = 10.0 / static_cast<double>(limit);
    token_bucket bucket;
    taken_at(bucket, rate, 1000.1, limit);
    CHECK(taken_at(bucket, rate, 1000.1 + 0.99 * interval, 2) == 0);
    CHECK(taken_at(bucket, rate, 1000.1 + interval, 2) == 1);
    CHECK(taken_at(bucket, rate, 1000.1 + 4 * interval, limit + 9)
          == (limit < 3 ? limit : 3));
  }
}

TEST_CASE("token_bucket: rest refills no more than the limit",
          "[token_bucket]") {
  const message_rate rate{5};
  token_bucket bucket;
  taken_at(bucket, rate, 50, 5);
  CHECK(taken_at(bucket, rate, 1e6, 20) == 5);
}

TEST_CASE("token_bucket: a pace just under the limit loses nothing for hours",
          "[token_bucket]") {
  for (std::uint64_t limit : {1, 3, 7, 11, 200, 333, 1000}) {
    CAPTURE(limit);
    CHECK(lost_at_pace(limit, 10.01 / static_cast<double>(limit), 3 * hours)
          == 0);
  }
}

TEST_CASE("token_bucket: a pace exactly at the limit loses nothing for hours",
          "[token_bucket]") {
  for (std::uint64_t limit : {1, 3, 7, 11, 200, 333, 1000, 100'000}) {
    CAPTURE(limit);
    const auto duration = limit > 1000 ? 60.0 : 12 * hours;
    CHECK(lost_at_pace(limit, 10 / static_cast<double>(limit), duration) == 0);
  }
}

TEST_CASE("token_bucket: a pace of twice the limit loses every other message",
          "[token_bucket]") {
  CHECK(lost_at_pace(200, 0.025, 1 * hours) == 72'000);
}

TEST_CASE("token_bucket: a clock a little behind is given nothing",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  taken_at(bucket, rate, 100, 10);
  CHECK(taken_at(bucket, rate, 99, 5) == 0);
  CHECK(taken_at(bucket, rate, 91, 5) == 0);
  CHECK(taken_at(bucket, rate, 101, 5) == 1);
}

TEST_CASE("token_bucket: a clock that starts again is not locked out",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  taken_at(bucket, rate, 1e6, 10);
  CHECK(taken_at(bucket, rate, 1, 20) == 10);
}

TEST_CASE("token_bucket: the highest limit refuses nothing real",
          "[token_bucket]") {
  token_bucket bucket;
  const message_rate rate{1'000'000'000'000};
  CHECK(taken_at(bucket, rate, 31'556'952.1, 1'000'000) == 1'000'000);
}

TEST_CASE("token_bucket: it is full until used and again after the refill",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  CHECK(bucket.is_full(rate, 0));
  taken_at(bucket, rate, 5, 2);
  CHECK_FALSE(bucket.is_full(rate, 6.9));
  CHECK(bucket.is_full(rate, 7));
  CHECK(sizeof(bucket) == 8);
}

TEST_CASE("token_bucket: two threads together are granted exactly the limit",
          "[token_bucket]") {
  const message_rate rate{100'000};
  shared_token_bucket bucket;
  std::uint64_t there = 0;
  std::thread other{[&] { there = taken_at(bucket, rate, 77.7, 100'000); }};
  const auto here = taken_at(bucket, rate, 77.7, 100'000);
  other.join();
  CHECK(here + there == 100'000);
  CHECK_FALSE(bucket.try_take(rate, 77.7));
}

TEST_CASE("token_bucket: what was admitted elsewhere is paid back",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  CHECK(taken_at(bucket, rate, 5, 6) == 6);
  bucket.charge(rate, 9, 5);
  CHECK(taken_at(bucket, rate, 5, 1) == 0);
  // Five are owed: one comes back each second.
  CHECK(taken_at(bucket, rate, 10.5, 1) == 0);
  CHECK(taken_at(bucket, rate, 11, 5) == 1);
}

TEST_CASE("token_bucket: never more than one whole limit is owed",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  bucket.charge(rate, 1'000'000, 5);
  CHECK(taken_at(bucket, rate, 15.5, 1) == 0);
  CHECK(taken_at(bucket, rate, 25, 100) == 10);
}

TEST_CASE("token_bucket: limiting it to what is left only takes away",
          "[token_bucket]") {
  const message_rate rate{10};
  token_bucket bucket;
  bucket.limit_to(rate, 3, 5);
  CHECK(taken_at(bucket, rate, 5, 10) == 3);
  bucket.limit_to(rate, 8, 5);
  CHECK(taken_at(bucket, rate, 5, 10) == 0);
  bucket.limit_to(rate, -2, 5);
  CHECK(taken_at(bucket, rate, 7.5, 10) == 0);
  CHECK(taken_at(bucket, rate, 8, 10) == 1);
}
