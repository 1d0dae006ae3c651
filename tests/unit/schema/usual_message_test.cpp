#include "schema/usual_message.hpp"

#include "check.hpp"
#include "lines.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;
using signalbox::test::lines_of;

namespace {

const std::string candidate =
  R"({"type":"candidate","candidate":"candidate:1 1 UDP 2130706431 )"
  R"(192.168.1.100 54321 typ host","sdpMid":"0","sdpMLineIndex":0})";

bool is_usual(std::string_view text) {
  message found;
  return read_usual(text, found);
}

/// A usual message with these members in it too.
std::string with(const std::string& members) {
  return R"({"type":"control","action":"mute",)" + members + "}";
}

std::string text_of(const message& found, member m) {
  const auto& value = found.top.at(m);
  return value.kind == value_kind::string ? std::string{value.text} : "none";
}

} // namespace

TEST_CASE("usual message: a candidate's members are found", "[usual_message]") {
  message found;
  REQUIRE(read_usual(candidate, found));
  CHECK(text_of(found, member::type) == "candidate");
  CHECK(text_of(found, member::candidate)
        == "candidate:1 1 UDP 2130706431 192.168.1.100 54321 typ host");
  CHECK(text_of(found, member::sdp_mid) == "0");
  CHECK(found.top.at(member::sdp_m_line_index).kind == value_kind::number);
  CHECK(found.top.at(member::sdp_m_line_index).number == 0);
  CHECK(found.top.at(member::username_fragment).kind == value_kind::absent);
  CHECK_FALSE(found.candidate);
  CHECK_FALSE(found.description);
}

TEST_CASE("usual message: an offer's escapes stay", "[usual_message]") {
  for (const std::string sdp :
       {R"(v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n)",
        R"(\"\\\/\b\f\n\r\t)", R"(\\\\\\)", R"(v=0\n)", R"(0123456789abcd\r\n)",
        R"(0123456789abcde\r\n)", "", " "}) {
    INFO(sdp);
    const auto text = R"({"type":"offer","sdp":")" + sdp + "\"}";
    message found;
    REQUIRE(read_usual(text, found));
    CHECK(text_of(found, member::sdp) == sdp);
  }
}

TEST_CASE("usual message: escapes are judged wherever in an SDP they are",
          "[usual_message]") {
  for (std::size_t before = 0; before < 40; ++before)
    for (const std::string lines : {"", R"(\r\na=b\r\n)"}) {
      const auto offer = [&](const std::string& escape) {
        return R"({"type":"offer","sdp":")" + lines + std::string(before, 'a')
               + escape + R"( 0123456789abcdef\r\n"})";
      };
      INFO(offer("?"));
      for (const std::string good : {R"(\")", R"(\\)", R"(\\\")", R"(\/)",
                                     R"(\t)", R"(\\n)", R"(\r\n\")"})
        REQUIRE(is_usual(offer(good)));
      for (const std::string bad : {R"(\x)", R"(\u0061)", R"(\\")", R"(")",
                                    R"(\r\x)", R"(\n\\")", R"(\ )"})
        REQUIRE_FALSE(is_usual(offer(bad)));
    }
}

TEST_CASE("usual message: a candidate or a description may be an object",
          "[usual_message]") {
  message found;
  REQUIRE(read_usual(
    R"({"candidate":{"candidate":"c","sdpMid":null,"x":true}})", found));
  CHECK(found.top.at(member::candidate).kind == value_kind::object);
  REQUIRE(found.candidate);
  CHECK(found.candidate->at(member::candidate).text == "c");
  CHECK(found.candidate->at(member::sdp_mid).kind == value_kind::null);
  message other;
  REQUIRE(
    read_usual(R"({"description":{"type":"offer","sdp":"v=0\r\n"}})", other));
  REQUIRE(other.description);
  CHECK(other.description->at(member::type).text == "offer");
  CHECK(other.description->at(member::sdp).text == R"(v=0\r\n)");
}

TEST_CASE("usual message: space may be between any two tokens",
          "[usual_message]") {
  message found;
  REQUIRE(
    read_usual("\t\r\n { \"type\" :\n\"control\" ,\t\"action\" : \"x\" , "
               "\"n\" : 12 } \r\n",
               found));
  CHECK(text_of(found, member::action) == "x");
}

TEST_CASE("usual message: members that nobody knows are read over",
          "[usual_message]") {
  for (const std::string value : {"true", "false", "null", "0", "7",
                                  "123456789", R"("")", R"("a\"b\\")"}) {
    INFO(value);
    CHECK(is_usual(with(R"("x":)" + value)));
    CHECK(is_usual(with(R"("a":1,"b":2,"c":3,"x":)" + value)));
  }
}

TEST_CASE("usual message: what is broken or unusual is the parser's",
          "[usual_message]") {
  for (const std::string members :
       {R"("x":[])",
        R"("x":{})",
        R"("x":1.0)",
        R"("x":1e3)",
        R"("x":-1)",
        R"("x":01)",
        R"("x":1234567890)",
        R"("x":truth)",
        R"("x":nul)",
        R"("x":tru)",
        R"("x":)",
        R"("x":"a)",
        R"("x":"\u0061")",
        R"("x":"\a")",
        R"("x":"\")",
        "\"x\":\"\n\"",
        "\"x\":\"\xC3\xA4\"",
        R"("\u0078":1)",
        R"("a\nb":1)",
        R"("x" 1)",
        R"("x":1,)",
        R"("x":1 1)",
        R"("x":1}{)",
        R"("x":1}})",
        "x:1",
        R"('x':1)",
        ",",
        R"("x":1 //)",
        R"("sdpMid":"\n")",
        R"("sdp":"a\\"b")",
        R"("candidate":{"candidate":{}})",
        R"("candidate":{"description":{}})",
        R"("candidate":{"a":1,"a":1})",
        R"("x":1,"x":1)",
        R"("action":"x")",
        R"("sdp":"","sdp":"")",
        R"("a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1)"}) {
    INFO(members);
    CHECK_FALSE(is_usual(with(members)));
  }
  CHECK_FALSE(is_usual(""));
  CHECK_FALSE(is_usual(R"({"type":1})"));
  CHECK_FALSE(is_usual("\"a string of 24 bytes..\""));
  CHECK_FALSE(is_usual("[0,0,0,0,0,0,0,0,0,0,0]"));
}

TEST_CASE("usual message: a text that is cut short anywhere is the parser's",
          "[usual_message]") {
  const std::string offer =
    R"({"type":"offer","sdp":"v=0\r\ns=-\r\nt=0 0\r\na=mid:0\r\n","x":null})";
  for (const auto& text : {candidate, offer}) {
    REQUIRE(is_usual(text));
    for (std::size_t size = 0; size < text.size(); ++size) {
      INFO(text.substr(0, size));
      REQUIRE_FALSE(is_usual(text.substr(0, size)));
    }
  }
}

TEST_CASE("usual message: the verdict is that of the parser",
          "[usual_message]") {
  std::size_t read = 0;
  for (auto outcome :
       {ec::none, ec::reserved, ec::unknown_type, ec::bad_member})
    for (const auto& line : lines_of(outcome)) {
      if (!is_usual(line) || !line.starts_with('{'))
        continue;
      INFO(line);
      ++read;
      // The parser's because of the array, and otherwise the same.
      const auto other = R"({"zzz":[],)" + line.substr(1);
      REQUIRE_FALSE(is_usual(other));
      const auto at_once = test::check(line);
      const auto parsed = test::check(other);
      CHECK(at_once.error == parsed.error);
      CHECK(at_once.explanation == parsed.explanation);
      if (at_once.is_valid())
        CHECK(at_once.kind == parsed.kind);
    }
  // So many of them are in the corpus.
  CHECK(read == 168);
}
