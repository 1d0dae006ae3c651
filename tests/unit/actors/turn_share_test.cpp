#include "actors/turn_share.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

const turn_share::time_point first{1s};
const turn_share::time_point second{2s};

void spend_all(turn_share& x, turn_share::time_point turn) {
  const turn_share::use work{x, turn};
  while (!work.is_over())
    continue;
}

} // namespace

TEST_CASE("turn_share: what one has used up is missing to the next",
          "[turn_share]") {
  turn_share x{1us};
  spend_all(x, first);
  CHECK(turn_share::use{x, first}.is_too_late());
  CHECK(turn_share::use{x, first}.is_over());
}

TEST_CASE("turn_share: each turn has its own", "[turn_share]") {
  turn_share x{1us};
  spend_all(x, first);
  CHECK_FALSE(turn_share::use{x, second}.is_too_late());
}

TEST_CASE("turn_share: what is left is for the next", "[turn_share]") {
  turn_share x{1h};
  {
    const turn_share::use work{x, first};
    CHECK_FALSE(work.is_over());
  }
  CHECK_FALSE(turn_share::use{x, first}.is_too_late());
  CHECK_FALSE(turn_share::use{x, first}.is_over());
}

TEST_CASE("turn_share: the first one of a turn is never too late",
          "[turn_share]") {
  turn_share x{0ns};
  CHECK_FALSE(turn_share::use{x, first}.is_too_late());
  CHECK(turn_share::use{x, first}.is_too_late());
}
