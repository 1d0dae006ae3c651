#include "actors/recent_maximum.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

TEST_CASE("recent_maximum: the largest is known at once", "[recent_maximum]") {
  recent_maximum<int> x;
  CHECK(x.value() == 0);
  CHECK(x.saw(3));
  CHECK_FALSE(x.saw(1));
  CHECK_FALSE(x.saw(3));
  CHECK(x.value() == 3);
  CHECK(x.saw(5));
  CHECK(x.value() == 5);
}

TEST_CASE("recent_maximum: a window is forgotten with the tenth after it",
          "[recent_maximum]") {
  recent_maximum<int> x;
  x.saw(7);
  for (int i = 0; i < 10; ++i) {
    x.end_window();
    CHECK(x.saw(2));
    CHECK(x.value() == 7);
  }
  x.end_window();
  CHECK(x.value() == 2);
  for (int i = 0; i < 10; ++i)
    x.end_window();
  CHECK(x.value() == 0);
}
