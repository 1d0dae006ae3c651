// The verdict's details, the bounds and repeated members. The dialect's rules
// are tested in messages_test.cpp, strict JSON in strict_json_test.cpp.

#include "check.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::string_literals;
using test::check;
using test::with_payload;

namespace {

std::string nested(char open, char close, std::size_t levels) {
  return std::string(levels, open) + std::string(levels, close);
}

std::string nested_objects(std::size_t levels, const std::string& core) {
  std::string out = core;
  for (; levels > 0; --levels)
    out = "{\"a\":" + out + "}";
  return out;
}

} // namespace

TEST_CASE("validator: the verdict names the kind", "[validator]") {
  CHECK(check(R"({"type":"offer","sdp":"v"})").kind == message_kind::offer);
  CHECK(check(R"({"type":"answer","sdp":"v"})").kind == message_kind::answer);
  CHECK(check(R"({"type":"pranswer","sdp":"v"})").kind
        == message_kind::pranswer);
  CHECK(check(R"({"type":"rollback"})").kind == message_kind::rollback);
  CHECK(check(R"({"type":"candidate"})").kind == message_kind::candidate);
  CHECK(check(R"({"type":"control","action":"x"})").kind
        == message_kind::control);
}

TEST_CASE("validator: the untyped forms have the kind of what they hold",
          "[validator]") {
  CHECK(check(R"({"description":{"type":"offer","sdp":"v"}})").kind
        == message_kind::offer);
  CHECK(check(R"({"description":{"type":"rollback"}})").kind
        == message_kind::rollback);
  CHECK(check(R"({"candidate":{}})").kind == message_kind::candidate);
  CHECK(check(R"({"candidate":null})").kind == message_kind::candidate);
}

TEST_CASE("validator: kinds have the names of types", "[validator]") {
  CHECK(name_of(message_kind::offer) == "offer");
  CHECK(name_of(message_kind::answer) == "answer");
  CHECK(name_of(message_kind::pranswer) == "pranswer");
  CHECK(name_of(message_kind::rollback) == "rollback");
  CHECK(name_of(message_kind::candidate) == "candidate");
  CHECK(name_of(message_kind::control) == "control");
}

// -- size ---------------------------------------------------------------------

TEST_CASE("validator: a text of the bound passes, one byte more does not",
          "[validator]") {
  auto text = R"({"type":"rollback"})"s;
  validator judge{text.size()};
  CHECK(judge.check(text).error == ec::none);
  CHECK(judge.check(text + " ").error == ec::too_large);
}

TEST_CASE("validator: a bound of one byte takes nothing", "[validator]") {
  validator judge{1};
  CHECK(judge.check("").error == ec::bad_json);
  CHECK(judge.check("1").error == ec::bad_json);
  CHECK(judge.check("{}").error == ec::too_large);
}

TEST_CASE("validator: a bound of 10^12 allocates no more than the texts need",
          "[validator]") {
  validator judge{1'000'000'000'000};
  for (std::size_t size : {10, 5000, 100'000, 3'000'000, 20}) {
    auto text = R"({"type":"offer","sdp":")" + std::string(size, 'a') + "\"}";
    CHECK(judge.check(text).error == ec::none);
  }
}

TEST_CASE("validator: a text may be padded with spaces to any length",
          "[validator]") {
  CHECK(check(R"({"type":"rollback"})" + std::string(100'000, ' ')).error
        == ec::none);
}

TEST_CASE("validator: the candidate's bound is in bytes after unescaping",
          "[validator]") {
  auto with = [](const std::string& candidate) {
    return check(R"({"type":"candidate","candidate":")" + candidate + "\"}")
      .error;
  };
  auto repeated = [](std::string_view part, int count) {
    std::string out;
    for (; count > 0; --count)
      out += part;
    return out;
  };
  CHECK(with(repeated("\xC3\xA9", 2048)) == ec::none);
  CHECK(with(repeated("\xC3\xA9", 2048) + "a") == ec::bad_member);
  CHECK(with(repeated("\\u0061", 4096)) == ec::none);
  CHECK(with(repeated("\\u00e9", 2048)) == ec::none);
  CHECK(with(repeated("\\u00e9", 2049)) == ec::bad_member);
}

// -- depth --------------------------------------------------------------------

TEST_CASE("validator: 32 levels pass and 33 do not", "[validator]") {
  // The message itself is level 1.
  for (const auto& core : {""s, "1"s, "\"\""s, "null"s}) {
    auto arrays = [&](std::size_t levels) {
      return std::string(levels, '[') + core + std::string(levels, ']');
    };
    INFO("core " << core);
    CHECK(with_payload(arrays(30)) == ec::none);
    CHECK(with_payload(arrays(31)) == ec::none);
    CHECK(with_payload(arrays(32)) == ec::bad_json);
    CHECK(with_payload(arrays(33)) == ec::bad_json);
  }
}

TEST_CASE("validator: objects count as levels as arrays do", "[validator]") {
  CHECK(with_payload(nested_objects(30, "{}")) == ec::none);
  CHECK(with_payload(nested_objects(31, "1")) == ec::none);
  CHECK(with_payload(nested_objects(31, "{}")) == ec::bad_json);
  CHECK(with_payload(nested_objects(31, "[]")) == ec::bad_json);
  CHECK(with_payload(nested_objects(32, "1")) == ec::bad_json);
}

TEST_CASE("validator: depth is counted in every branch", "[validator]") {
  auto deep = nested('[', ']', 31);
  CHECK(with_payload("[1," + nested('[', ']', 30) + ",2]") == ec::none);
  CHECK(with_payload("[1," + deep + ",2]") == ec::bad_json);
  CHECK(with_payload("{\"a\":{},\"b\":" + deep + "}") == ec::bad_json);
  CHECK(check(R"({"candidate":{"x":)" + deep + "}}").error == ec::bad_json);
}

TEST_CASE("validator: a depth bomb is refused", "[validator]") {
  CHECK(check(std::string(65536, '[')).error == ec::bad_json);
  CHECK(check(std::string(65536, '{')).error == ec::bad_json);
  CHECK(check(nested('[', ']', 32768)).error == ec::bad_json);
  CHECK(check(nested_objects(10'000, "1")).error == ec::bad_json);
}

// -- repeated members ---------------------------------------------------------

TEST_CASE("validator: a member that appears twice is refused", "[validator]") {
  for (auto text : {
         R"({"type":"offer","sdp":"x","type":"peer-disconnected"})",
         R"({"type":"peer-disconnected","sdp":"x","type":"offer"})",
         R"({"type":"offer","sdp":"x","type":"offer"})",
         R"({"type":"offer","sdp":"x","sdp":"x"})",
         R"({"type":"offer","sdp":"x","a":1,"a":1})",
         R"({"type":"offer","sdp":"x","":1,"":2})",
         R"({"type":"offer","sdp":"x","\u0074ype":"welcome"})",
         R"({"type":"offer","sdp":"x","a/b":1,"a\/b":1})",
         R"({"type":"offer","sdp":"x","é":1,"\u00e9":1})",
         R"({"type":"offer","sdp":"x","😀":1,"\ud83d\ude00":1})",
         R"({"type":"candidate","candidate":"","candidate":{}})",
         R"({"description":{"type":"offer","sdp":"x"},"description":1})",
       }) {
    INFO(text);
    CHECK(check(text).error == ec::bad_json);
  }
}

TEST_CASE(
  "validator: a member repeated in description or candidate is "
  "refused, whatever the type",
  "[validator]") {
  for (auto text : {
         R"({"candidate":{"candidate":"a","candidate":"b"}})",
         R"({"type":"candidate","candidate":{"x":1,"x":1}})",
         R"({"type":"candidate","candidate":{"x":1,"\u0078":1}})",
         R"({"description":{"type":"offer","sdp":"x","type":"answer"}})",
         R"({"description":{"type":"offer","sdp":"x","sdp":"y"}})",
         R"({"type":"control","action":"x","description":{"a":1,"a":1}})",
         R"({"type":"offer","sdp":"x","candidate":{"a":1,"a":1}})",
       }) {
    INFO(text);
    CHECK(check(text).error == ec::bad_json);
  }
}

TEST_CASE("validator: a member may be repeated elsewhere", "[validator]") {
  CHECK(with_payload(R"({"a":1,"a":2})") == ec::none);
  CHECK(with_payload(R"({"candidate":{"a":1,"a":2}})") == ec::none);
  CHECK(check(R"({"candidate":{"x":{"a":1,"a":2}}})").error == ec::none);
  CHECK(check(R"({"candidate":{"type":1},"type":"candidate"})").error
        == ec::none);
}

TEST_CASE("validator: one repetition among thousands of members is found",
          "[validator]") {
  auto text = R"({"type":"rollback")"s;
  for (int i = 0; i < 6000; ++i)
    text += ",\"k" + std::to_string(i) + "\":0";
  CHECK(check(text + "}").error == ec::none);
  CHECK(check(text + ",\"k3000\":0}").error == ec::bad_json);
}

TEST_CASE("validator: names that differ only behind a NUL are different",
          "[validator]") {
  CHECK(check(R"({"type":"rollback","a\u0000b":1,"a\u0000c":1})").error
        == ec::none);
  CHECK(check(R"({"type":"rollback","a\u0000b":1,"a\u0000b":1})").error
        == ec::bad_json);
}

TEST_CASE("validator: a text leaves no trace in the next", "[validator]") {
  validator judge{65536};
  auto valid = R"({"type":"rollback"})"s;
  for (const auto& text :
       {std::string(65536, '['), "{\"type\":\"offer\",\"sdp\":\"x\""s, ""s,
        "{\"a\":18446744073709551616}"s, "\""s + std::string(5000, 'x'),
        std::string(65537, 'x'), valid + valid}) {
    CHECK_FALSE(judge.check(text).is_valid());
    CHECK(judge.check(valid).is_valid());
  }
}
