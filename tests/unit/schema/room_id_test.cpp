#include "schema/room_id.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

std::optional<std::string> room_of(std::string_view query) {
  return query_parameter(query, "roomId");
}

} // namespace

TEST_CASE("room_id: an empty id names no room", "[room_id]") {
  CHECK_FALSE(is_room_id("", 64));
}

TEST_CASE("room_id: the bound itself is allowed, one byte more is not",
          "[room_id]") {
  CHECK(is_room_id(std::string(64, 'a'), 64));
  CHECK_FALSE(is_room_id(std::string(65, 'a'), 64));
  CHECK(is_room_id("a", 1));
  CHECK_FALSE(is_room_id("ab", 1));
  CHECK(is_room_id(std::string(100'000, 'a'), 1'000'000'000'000));
}

TEST_CASE("room_id: exactly 67 bytes may stand in an id", "[room_id]") {
  std::string allowed;
  for (int byte = 0; byte < 256; ++byte)
    if (is_room_id(std::string(1, static_cast<char>(byte)), 64))
      allowed.push_back(static_cast<char>(byte));
  CHECK(
    allowed
    == "-.0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("room_id: a path is no id", "[room_id]") {
  CHECK_FALSE(is_room_id("../", 64));
  CHECK_FALSE(is_room_id("a/b", 64));
  CHECK(is_room_id("..", 64));
}

TEST_CASE("room_id: a NUL does not end an id", "[room_id]") {
  CHECK_FALSE(is_room_id(std::string_view("a\0", 2), 64));
}

TEST_CASE("room_id: the parameter is found wherever it stands", "[room_id]") {
  CHECK(room_of("roomId=a") == "a");
  CHECK(room_of("token=t&roomId=a") == "a");
  CHECK(room_of("roomId=a&token=t") == "a");
  CHECK(room_of("&&roomId=a&") == "a");
}

TEST_CASE("room_id: a query without the parameter has nothing", "[room_id]") {
  CHECK_FALSE(room_of(""));
  CHECK_FALSE(room_of("&"));
  CHECK_FALSE(room_of("="));
  CHECK_FALSE(room_of("token=t"));
  CHECK_FALSE(room_of("roomid=a"));
  CHECK_FALSE(room_of("xroomId=a&roomIdx=b"));
  CHECK_FALSE(room_of("token=roomId=a"));
}

TEST_CASE("room_id: a parameter without a value is empty", "[room_id]") {
  CHECK(room_of("roomId") == "");
  CHECK(room_of("roomId=") == "");
  CHECK(room_of("roomId=&roomId=a") == "");
}

TEST_CASE("room_id: the first of repeated parameters counts", "[room_id]") {
  CHECK(room_of("roomId=a&roomId=b") == "a");
  CHECK(room_of("%72oomId=a&roomId=b") == "a");
}

TEST_CASE("room_id: a broken first parameter is not replaced by the next",
          "[room_id]") {
  CHECK_FALSE(room_of("roomId=%zz&roomId=b"));
}

TEST_CASE("room_id: the value is percent-decoded", "[room_id]") {
  CHECK(room_of("roomId=%61%3Ab%3ac") == "a:b:c");
  CHECK(room_of("roomId=a%26b%3Dc") == "a&b=c");
  CHECK(room_of("roomId=%2e%2e%2f") == "../");
  CHECK(room_of("roomId=%00") == std::string(1, '\0'));
  CHECK(room_of("roomId=%C3%A9") == "\xC3\xA9");
}

TEST_CASE("room_id: the value is decoded once and not again", "[room_id]") {
  CHECK(room_of("roomId=%2561") == "%61");
  CHECK_FALSE(is_room_id(*room_of("roomId=%2561"), 64));
}

TEST_CASE("room_id: the name is percent-decoded too", "[room_id]") {
  CHECK(room_of("room%49d=a") == "a");
  CHECK_FALSE(room_of("room%2549d=a"));
  CHECK_FALSE(room_of("roomId%=a"));
}

TEST_CASE("room_id: a value with broken escapes is nothing", "[room_id]") {
  CHECK_FALSE(room_of("roomId=%"));
  CHECK_FALSE(room_of("roomId=a%4"));
  CHECK_FALSE(room_of("roomId=%4g"));
  CHECK_FALSE(room_of("roomId=%g4"));
  CHECK_FALSE(room_of("roomId=%%34"));
  CHECK_FALSE(room_of("roomId=%-1"));
}

TEST_CASE("room_id: a plus stays a plus", "[room_id]") {
  CHECK(room_of("roomId=a+b") == "a+b");
}

TEST_CASE("room_id: only the first equals sign divides", "[room_id]") {
  CHECK(room_of("roomId=a=b") == "a=b");
}
