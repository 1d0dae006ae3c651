#include "schema/line_breaks.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

const std::string carriage_return = "\xC2\x8D";
const std::string line_feed = "\xC2\x8A";

std::string copy_of(std::string_view text, copied expected) {
  std::string copy(text.size(), '?');
  CHECK(copy_folding(text, copy.data()) == expected);
  return copy;
}

copied how(std::string_view text) {
  std::string copy(text.size(), '?');
  return copy_folding(text, copy.data());
}

} // namespace

TEST_CASE("line breaks: each becomes a letter of two bytes, wherever it is",
          "[line_breaks]") {
  for (std::size_t before = 0; before < 40; ++before)
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string a(before, 'a');
      const std::string z(after, 'z');
      REQUIRE(copy_of(a + R"(\r\n)" + z, copied::folded)
              == a + carriage_return + line_feed + z);
      REQUIRE(copy_of(a + R"(\n)" + z, copied::folded) == a + line_feed + z);
    }
}

TEST_CASE("line breaks: other escapes stay, and what follows them",
          "[line_breaks]") {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string a(before, 'a');
    for (const std::string text : {R"(\\n)", R"(\\\\r)", R"(\"n)",
                                   R"(\t\b\f\/)", R"(a\)", R"(\)", "", "x"})
      REQUIRE(copy_of(a + text, copied::as_it_was) == a + text);
    REQUIRE(copy_of(a + R"(\\\n)", copied::folded) == a + R"(\\)" + line_feed);
  }
}

TEST_CASE("line breaks: a text with other letters or code points is not copied",
          "[line_breaks]") {
  for (std::size_t before = 0; before < 20; ++before) {
    const auto a = std::string(before, 'a') + R"(\n)";
    REQUIRE(how(a + R"(\u000a)") == copied::not_at_all);
    REQUIRE(how(a + line_feed) == copied::not_at_all);
    REQUIRE(how(a + "\x7f\\\\u") == copied::folded);
  }
}
