#include "backplane/backoff.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using namespace signalbox;
using std::chrono::milliseconds;

namespace {

/// Always next to the least that a generator gives. (The least itself is what
/// distributions reject, to be fair.)
struct least {
  using result_type = std::uint32_t;

  static constexpr result_type min() { return 0; }

  static constexpr result_type max() {
    return std::numeric_limits<result_type>::max();
  }

  result_type operator()() { return 1; }
};

} // namespace

TEST_CASE("backoff: delays double up to a second", "[backoff]") {
  backoff delays;
  least random;
  for (const auto expected : {25, 50, 100, 200, 400, 500, 500, 500})
    CHECK(delays.next(random) == milliseconds{expected});
}

TEST_CASE("backoff: a delay is anywhere between its half and its whole",
          "[backoff]") {
  std::mt19937 random{7};
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto whole = std::min(50 << attempt, 1000);
    auto shortest = milliseconds::max();
    auto longest = milliseconds::zero();
    for (int i = 0; i < 20'000; ++i) {
      backoff delays;
      for (int j = 0; j < attempt; ++j)
        delays.next(random);
      const auto delay = delays.next(random);
      shortest = std::min(shortest, delay);
      longest = std::max(longest, delay);
    }
    CHECK(shortest == milliseconds{whole / 2});
    CHECK(longest == milliseconds{whole});
  }
}

TEST_CASE("backoff: after a success the first delay comes again", "[backoff]") {
  backoff delays;
  least random;
  for (int i = 0; i < 100; ++i)
    delays.next(random);
  delays.reset();
  CHECK(delays.next(random) == milliseconds{25});
  CHECK(delays.next(random) == milliseconds{50});
}
