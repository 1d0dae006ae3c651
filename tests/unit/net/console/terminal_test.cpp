#include "net/console/terminal.hpp"

#include <catch2/catch.hpp>

using namespace signalbox::console;

TEST_CASE("terminal: a drawing wipes each line before it writes it",
          "[console]") {
  CHECK(frame_of({"ab", "c"}) == "\x1b[H\x1b[Kab\r\n\x1b[Jc");
}

TEST_CASE("terminal: an empty drawing wipes the screen", "[console]") {
  CHECK(frame_of({}) == "\x1b[H\x1b[J");
}
