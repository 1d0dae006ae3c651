#include "backplane/envelope.hpp"

#include <catch2/catch.hpp>

#include <tuple>
#include <vector>

using namespace signalbox;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t text_bytes_max = 10'000;

/// What is read, in memory of its own.
struct copy {
  std::string sender;
  std::string origin;
  std::string data;
  bool is_leave;
};

std::optional<copy> parsed(std::string_view text,
                           std::size_t bytes_max = text_bytes_max) {
  envelope_parser parser{bytes_max};
  // Exactly as long as the text: reading on is a sanitizer's finding.
  const std::vector<char> bytes(text.begin(), text.end());
  const auto found = parser.parse({bytes.data(), bytes.size()});
  if (!found)
    return std::nullopt;
  return copy{std::string{found->sender}, std::string{found->origin},
              std::string{found->data}, found->is_leave};
}

std::string wrapped(const std::string& data) {
  return R"({"senderId":"s","data":)" + data + R"(,"originServerId":"o"})";
}

std::string data_of(std::string_view text) {
  const auto found = parsed(text);
  return found ? found->data : "nothing";
}

} // namespace

TEST_CASE("envelope: it is written as the reference server writes it",
          "[envelope]") {
  std::string out = "before";
  append_envelope(out, "sb:abcdefwxyz27:0:1", R"({"type":"offer"})",
                  "abcdefwxyz27");
  CHECK(out
        == R"(before{"senderId":"sb:abcdefwxyz27:0:1","data":{"type":"offer"},)"
           R"("originServerId":"abcdefwxyz27"})");
}

TEST_CASE("envelope: what was written is read", "[envelope]") {
  std::string out;
  const auto data = R"( { "type" : "offer", "sdp":"v=0\r\n\"\\" } )"sv;
  append_envelope(out, "sender", data, "node");
  const auto found = parsed(out);
  REQUIRE(found);
  CHECK(found->sender == "sender");
  CHECK(found->origin == "node");
  CHECK(found->data == data);
  CHECK_FALSE(found->is_leave);
}

TEST_CASE("envelope: data comes back byte for byte", "[envelope]") {
  for (const std::string data : {
         R"({})",
         R"({ })",
         R"({"a":1.50e+00,"b":[1 , 2,{"c":[]}],"c":null,"d":true})",
         R"({"a":"}","b":"]","c":"{","d":"[","e":","})",
         R"({"a":"\"","b":"\\","c":"\\\"","d":"\\\\"})",
         R"({"a\"":"\\\\\\\"}","\\":{"\"}":"{\""}})",
         R"({"sdp":"v=0\r\na=b\r\n"})",
         R"({"sdp":"v=0\r\n\"\\\r\n\u0041"})",
         "{\"a\":\"\xC3\xA4\xF0\x9F\x98\x80\\u00e4\\n\"}",
         "{\n\t\"a\" :\r\n 1 }",
         R"({"a":123456789012345678901234567890,"b":-9223372036854775809})",
         R"({"data":{"data":{}},"senderId":"x","originServerId":1})",
         R"({"a":[[[[[[{"b":[{}]}]]]]]]})",
         R"({"":""})",
       }) {
    CAPTURE(data);
    CHECK(data_of(wrapped(data)) == data);
    CHECK(data_of(R"({"data":)" + data + "}") == data);
    CHECK(data_of("\r\n {\t\"x\" : [0,{\"data\":2}] , \"data\"\n:\t" + data
                  + " , \"y\":-1.5 }  ")
          == "\t" + data + " ");
    CHECK(data_of(R"({"x":12,"y":true,"z":null ,"v":"\\","data":)" + data
                  + R"(,"w":{}})")
          == data);
  }
}

TEST_CASE("envelope: members may come in any order", "[envelope]") {
  const auto sender = R"("senderId":"s")";
  const auto data = R"("data":{"a":1})";
  const auto origin = R"("originServerId":"o")";
  for (const auto& [x, y, z] :
       {std::tuple{sender, data, origin}, std::tuple{sender, origin, data},
        std::tuple{data, sender, origin}, std::tuple{data, origin, sender},
        std::tuple{origin, sender, data}, std::tuple{origin, data, sender}}) {
    const auto text = "{" + std::string{x} + ", " + y + R"(,"other":[{}],)" + z
                      + "}";
    CAPTURE(text);
    const auto found = parsed(text);
    REQUIRE(found);
    CHECK(found->sender == "s");
    CHECK(found->origin == "o");
    CHECK(found->data == R"({"a":1})");
  }
}

TEST_CASE("envelope: the last of repeated members counts", "[envelope]") {
  const auto found = parsed(
    R"({"data":1,"senderId":7,"originServerId":[],"data":{"a":1},)"
    R"("senderId":"s","d\u0061ta":{"type":"x","a":2,)"
    R"("type":"peer-disconnected"},"originServerId":"o",)"
    R"("sender\u0049d":"t","x":{"data":{"a":3}}})");
  REQUIRE(found);
  CHECK(found->sender == "t");
  CHECK(found->origin == "o");
  CHECK(found->data == R"({"type":"x","a":2,"type":"peer-disconnected"})");
  CHECK(found->is_leave);
  CHECK_FALSE(parsed(R"({"data":{},"data":1})"));
  CHECK_FALSE(parsed(R"({"data":{},"senderId":"s","senderId":1})"));
  CHECK(parsed(R"({"data":{},"senderId":"s","senderId":null})")->sender == "");
}

TEST_CASE("envelope: ids are unescaped, and may be missing", "[envelope]") {
  const auto found =
    parsed(R"({"senderId":"a\n\"\u00e4","data":{},"originServerId":"\r\\"})");
  REQUIRE(found);
  CHECK(found->sender == "a\n\"\xC3\xA4");
  CHECK(found->origin == "\r\\");
  const auto ascii = parsed(R"({"senderId":"a\n","data":{"sdp":"\r\n"}})");
  REQUIRE(ascii);
  CHECK(ascii->sender == "a\n");
  CHECK(ascii->origin == "");
  CHECK(ascii->data == R"({"sdp":"\r\n"})");
  const auto none = parsed(R"({"originServerId":null,"data":{}})");
  REQUIRE(none);
  CHECK(none->sender == "");
  CHECK(none->origin == "");
}

TEST_CASE("envelope: a leave is told by the type of its data", "[envelope]") {
  const auto is_leave = [](const std::string& data) {
    const auto found = parsed(wrapped(data));
    REQUIRE(found);
    return found->is_leave;
  };
  CHECK(is_leave(R"({"type":"peer-disconnected"})"));
  CHECK(is_leave(R"({"a":{"type":"x"},"ty\u0070e":"peer-disconnecte\u0064"})"));
  CHECK_FALSE(is_leave(R"({})"));
  CHECK_FALSE(is_leave(R"({"type":"peer-disconnected2"})"));
  CHECK_FALSE(is_leave(R"({"type":["peer-disconnected"]})"));
  CHECK_FALSE(is_leave(R"({"a":{"type":"peer-disconnected"}})"));
  CHECK_FALSE(is_leave(R"({"type":"peer-disconnected","type":"offer"})"));
  CHECK_FALSE(is_leave(R"({"type":"peer-disconnected","type":null})"));
}

TEST_CASE("envelope: what is no envelope is not read", "[envelope]") {
  for (const auto text : {
         ""sv,
         " "sv,
         "nope"sv,
         "null"sv,
         "[]"sv,
         R"([{"data":{}}])"sv,
         "{}"sv,
         R"({"senderId":"s","originServerId":"o"})"sv,
         R"({"data":"{}"})"sv,
         R"({"data":[]})"sv,
         R"({"data":null})"sv,
         R"({"Data":{}})"sv,
         R"({"x":{"data":{}}})"sv,
         R"({"data":{},"senderId":1})"sv,
         R"({"data":{},"senderId":{}})"sv,
         R"({"data":{},"originServerId":false})"sv,
       }) {
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
  }
}

TEST_CASE("envelope: a text that is broken anywhere is not read",
          "[envelope]") {
  for (const auto text : {
         R"({"data":{}})"
         "x"sv,
         R"({"data":{}}{})"sv,
         R"({"data":{},})"sv,
         R"({"data":{})"sv,
         R"({"data":{}],"x":1})"sv,
         R"({"data":{}},"x":1})"sv,
         R"({"data":{"a":nope}})"sv,
         R"({"data":{"a":01}})"sv,
         R"({"data":{"a":1e999}})"sv,
         R"({"data":{"a":"\x"}})"sv,
         R"({"data":{"a":"\ud800"}})"sv,
         R"({"data":{},"x":"\ud800\u0041"})"sv,
         "{\"data\":{},\"x\":\"\xFF\"}"sv,
         "{\"data\":{\"a\":\"\xED\xA0\x80\"}}"sv,
         "{\"data\":{\"a\":\"\n\"}}"sv,
         "{\"data\":{\"a\":\"\0\"}}"sv,
         "\xEF\xBB\xBF{\"data\":{}}"sv,
         "{\"data\":{}}\0"sv,
         R"({"data":{"a":"\r\n","b":}})"sv,
         R"({'data':{}})"sv,
       }) {
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
  }
}

TEST_CASE("envelope: the bound is that of the text", "[envelope]") {
  const auto text = wrapped(R"({"a":")" + std::string(5000, 'x') + R"("})");
  CHECK(parsed(text, text.size()));
  CHECK_FALSE(parsed(text, text.size() - 1));
  CHECK_FALSE(parsed("{}", 1));
}

TEST_CASE("envelope: deep nesting ends the reading, not the process",
          "[envelope]") {
  const auto nested = [](std::size_t depth) {
    return wrapped(R"({"a":)" + std::string(depth, '[')
                   + std::string(depth, ']') + "}");
  };
  CHECK(parsed(nested(40)));
  CHECK_FALSE(parsed(nested(4000)));
}

TEST_CASE("envelope: earlier texts do not matter", "[envelope]") {
  envelope_parser parser{text_bytes_max};
  const auto longer = wrapped(R"({"a":")" + std::string(9000, 'x') + R"("})");
  const auto shorter = wrapped(R"({"b":2})");
  for (auto round = 0; round < 3; ++round) {
    CHECK(parser.parse(longer)->data.size() == 9008);
    CHECK_FALSE(parser.parse(R"({"data":{)"));
    CHECK(parser.parse(shorter)->data == R"({"b":2})");
    CHECK_FALSE(parser.parse(""));
  }
}
