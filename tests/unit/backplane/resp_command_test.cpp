#include "backplane/resp.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

std::string command_of(std::initializer_list<std::string_view> parts) {
  std::string out;
  append_command(out, parts);
  return out;
}

constexpr std::string_view hostile{"\r\n\0$-1\r\n*9\xff", 12};

} // namespace

TEST_CASE("resp_command: a command is an array of bulk strings",
          "[resp_command]") {
  CHECK(command_of({"PING"}) == "*1\r\n$4\r\nPING\r\n");
  CHECK(command_of({"SET", "", std::string_view{}})
        == "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n");
  CHECK(command_of({"ECHO", hostile})
        == "*2\r\n$4\r\nECHO\r\n$12\r\n" + std::string{hostile} + "\r\n");
}

TEST_CASE("resp_command: commands are appended", "[resp_command]") {
  std::string out = "+";
  append_command(out, {"A"});
  append_command(out, {"BC"});
  CHECK(out == "+*1\r\n$1\r\nA\r\n*1\r\n$2\r\nBC\r\n");
}

TEST_CASE("resp_command: what is written is read again", "[resp_command]") {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 200; ++i) {
    texts.push_back(std::string(i * i % 997, static_cast<char>(i)));
  }
  std::string out;
  append_command(out,
                 std::vector<std::string_view>(texts.begin(), texts.end()));
  resp_reader reader;
  CHECK(reader.feed(out));
  auto reply = reader.next();
  REQUIRE(reply);
  REQUIRE(reply->items.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i)
    CHECK(reply->items[i].text == texts[i]);
}
