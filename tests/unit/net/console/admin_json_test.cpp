#include "net/console/admin_json.hpp"

#include <catch2/catch.hpp>

using namespace signalbox::console;

TEST_CASE("admin json: members of the wrong kind are not there", "[console]") {
  const auto x = *read_json(R"({"n":1.5,"t":"x","b":true,"a":[1],"z":null})");
  CHECK(number_of(x, "n") == 1.5);
  CHECK_FALSE(number_of(x, "t"));
  CHECK_FALSE(number_of(x, "none"));
  CHECK(figure_of(x, "t") == 0);
  CHECK(text_of(x, "t") == "x");
  CHECK(text_of(x, "n").empty());
  CHECK(is_true(x, "b"));
  CHECK_FALSE(is_true(x, "n"));
  CHECK(elements(member(x, "a")).size() == 1);
  CHECK(elements(member(x, "t")).empty());
  CHECK(member(member(x, "a"), "n").is_null());
}

TEST_CASE("admin json: what is none is not read", "[console]") {
  for (const auto* bad :
       {"", "{", "{} {}", "\xff", "\"\xff\"", "nan", "{'a':1}"})
    CHECK_FALSE(read_json(bad));
}

TEST_CASE("admin json: depth is bounded", "[console]") {
  CHECK(read_json(std::string(32, '[') + std::string(32, ']')));
  CHECK_FALSE(read_json(std::string(33, '[') + std::string(33, ']')));
  CHECK_FALSE(read_json(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 33; ++i)
    objects += "{\"a\":";
  CHECK_FALSE(read_json(objects + "1" + std::string(33, '}')));
}

TEST_CASE("admin json: a line keeps members' order and is ASCII", "[console]") {
  CHECK(line_of(*read_json("{\"b\":1,\"a\":\"\u009b\x7f\u00fc\\u001b\"}"))
        == R"({"b":1,"a":"\u009b\u007f\u00fc\u001b"})");
}
