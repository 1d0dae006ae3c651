#include "net/console/plain_text.hpp"

#include <catch2/catch.hpp>

using namespace signalbox::console;

TEST_CASE("plain text: what steers a terminal is escaped", "[console]") {
  CHECK(escaped("a\x1b[2Jb") == "a\\x1b[2Jb");
  CHECK(escaped("a\nb\tc\x7f") == "a\\x0ab\\x09c\\x7f");
  CHECK(escaped(std::string_view{"\0", 1}) == "\\x00");
  // The control sequence introducer in one character, as UTF-8.
  CHECK(escaped("\u009b31m") == "\\x9b31m");
}

TEST_CASE("plain text: what rearranges a line is escaped", "[console]") {
  CHECK(escaped("a\u202eb") == "a\\u{202e}b");
  CHECK(escaped("e\u0301") == "e\\u{301}");
  CHECK(escaped("\u200b") == "\\u{200b}");
  CHECK(escaped("\u05d0") == "\\u{5d0}");
  CHECK(escaped("\U000e0041") == "\\u{e0041}");
  CHECK(escaped("\u00ad") == "\\xad");
}

TEST_CASE("plain text: bytes that are not UTF-8 are escaped one by one",
          "[console]") {
  CHECK(escaped("\xff") == "\\xff");
  CHECK(escaped("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(escaped("\xe2\x82") == "\\xe2\\x82");
  CHECK(escaped("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("plain text: two texts are never shown alike", "[console]") {
  CHECK(escaped("\\x1b") == "\\\\x1b");
}

TEST_CASE("plain text: letters of known width stay", "[console]") {
  CHECK(escaped("J\u00fcrgen \u0416 \u65e5\u672c")
        == "J\u00fcrgen \u0416 \u65e5\u672c");
  CHECK(columns_of("J\u00fcrgen") == 6);
  CHECK(columns_of("\u65e5\u672c") == 4);
}

TEST_CASE("plain text: a cut line says so in its last column", "[console]") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 5) == "abcd>");
  CHECK(cut("abcdef", 1) == ">");
  CHECK(cut("abcdef", 0) == "abcdef");
}

TEST_CASE("plain text: a wide letter is not cut in two", "[console]") {
  CHECK(cut("a\u65e5\u672c", 3) == "a>");
  CHECK(cut("a\u65e5\u672c", 4) == "a\u65e5>");
  CHECK(cut("a\u65e5\u672c", 5) == "a\u65e5\u672c");
}

TEST_CASE("plain text: columns of a table are aligned", "[console]") {
  CHECK(table({{"NAME"}, {"N", true}, {"REST"}},
              {{"a", "1", "x"}, {"\u65e5\u672c\u8a9e", "1000", ""}})
        == std::vector<std::string>{
          "NAME       N  REST",
          "a          1  x",
          "\u65e5\u672c\u8a9e  1000",
        });
}

TEST_CASE("plain text: a table without rows is its titles", "[console]") {
  CHECK(table({{"NAME"}, {"N", true}}, {})
        == std::vector<std::string>{"NAME  N"});
}
