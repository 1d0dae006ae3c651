#include "net/tokens/strict_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace signalbox;
using nlohmann::json;

namespace {

std::string nested(std::size_t levels, const std::string& open,
                   const std::string& close, const std::string& core) {
  std::string result;
  for (std::size_t i = 0; i < levels; ++i)
    result += open;
  result += core;
  for (std::size_t i = 0; i < levels; ++i)
    result += close;
  return result;
}

} // namespace

TEST_CASE("strict_json: what is valid is what the parser's own builder reads",
          "[tokens][strict_json]") {
  const std::string text =
    R"( {"a":[1,-2,3.5e1,18446744073709551615,true,false,null,"x\u00e9\n"],)"
    R"("b":{"c":{},"d":[],"e":[{"f":[[]]}]},"":"empty name"} )";
  CHECK(read_strict_json(text) == json::parse(text));
  CHECK(read_strict_json("7") == json(7));
  CHECK(read_strict_json("\"x\"") == json("x"));
}

TEST_CASE("strict_json: a repeated name is refused, at any depth",
          "[tokens][strict_json]") {
  auto text = GENERATE(R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})",
                       R"({"a":1,"\u0061":2})", R"([{"x":{"a":1,"a":2}}])",
                       R"({"a":{},"a":[]})", R"({"":0,"":0})");
  CAPTURE(text);
  CHECK_FALSE(read_strict_json(text));
}

TEST_CASE("strict_json: one name in two objects is not repeated",
          "[tokens][strict_json]") {
  CHECK(read_strict_json(R"({"a":{"a":1},"b":[{"a":2},{"a":3}]})"));
}

TEST_CASE("strict_json: 32 levels pass and 33 do not",
          "[tokens][strict_json]") {
  CHECK(read_strict_json(nested(32, "[", "]", "")));
  CHECK_FALSE(read_strict_json(nested(33, "[", "]", "")));
  CHECK(read_strict_json(nested(31, R"({"a":)", "}", "[]")));
  CHECK_FALSE(read_strict_json(nested(31, R"({"a":)", "}", "[{}]")));
}

TEST_CASE("strict_json: an endless row of brackets ends at once",
          "[tokens][strict_json]") {
  CHECK_FALSE(read_strict_json(std::string(1 << 20, '[')));
}

TEST_CASE("strict_json: 65,536 values pass and one more does not",
          "[tokens][strict_json]") {
  const auto array_of = [](std::size_t elements, const std::string& one) {
    std::string result = "[" + one;
    for (std::size_t i = 1; i < elements; ++i)
      result += ',' + one;
    return result + ']';
  };
  for (const auto& one : {"1", "[]", "{}"}) {
    CHECK(read_strict_json(array_of(65535, one)));
    CHECK_FALSE(read_strict_json(array_of(65536, one)));
  }
}

TEST_CASE("strict_json: what RFC 8259 does not know is refused",
          "[tokens][strict_json]") {
  auto text = GENERATE("", " ", "{", "{}x", "{} {}", "{}}", "[1,]",
                       R"({"a":1,})", "{'a':1}", "{a:1}", "[01]", "[+1]",
                       "[.5]", "[1.]", "[0x1]", "[NaN]", "[Infinity]", "nul",
                       "\"", "\"\\x\"", "\"\t\"", "// c\n{}", "{}/**/",
                       "[1e400]");
  CAPTURE(text);
  CHECK_FALSE(read_strict_json(text));
}

TEST_CASE("strict_json: a byte order mark is refused",
          "[tokens][strict_json]") {
  CHECK_FALSE(read_strict_json("\xef\xbb\xbf{}"));
}

TEST_CASE("strict_json: a NUL does not end the text", "[tokens][strict_json]") {
  using namespace std::literals;
  CHECK_FALSE(read_strict_json("{}\0"sv));
  CHECK_FALSE(read_strict_json("{}\0{\"a\""sv));
  CHECK_FALSE(read_strict_json("\0{}"sv));
  CHECK(read_strict_json(R"(["\u0000"])"));
}

TEST_CASE("strict_json: text that is not UTF-8 is refused",
          "[tokens][strict_json]") {
  auto text = GENERATE("[\"\xff\"]", "[\"\xc0\xaf\"]", "[\"\xed\xa0\x80\"]",
                       "[\"\xf4\x90\x80\x80\"]", "[\"\xe2\x82\"]",
                       R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800x"])");
  CAPTURE(text);
  CHECK_FALSE(read_strict_json(text));
}
