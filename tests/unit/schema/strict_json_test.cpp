// What RFC 8259 and RFC 7493 ask of a text, whatever the dialect.

#include "check.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::string_literals;
using test::check;
using test::with_payload;

// -- strings ------------------------------------------------------------------

TEST_CASE("strict_json: a lone surrogate is refused anywhere",
          "[strict_json]") {
  for (auto text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")",
                    R"("\udc00\ud800")", R"("\ud800x")", R"("\ud800\n")",
                    R"("\ud800\u0041")", R"({"\ud800":1})", R"(["\uDFFF"])"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::bad_json);
  }
  CHECK(with_payload(R"("\ud83d\ude00")") == ec::none);
  CHECK(check(R"({"type":"offer","sdp":"\ud800"})").error == ec::bad_json);
  CHECK(check(R"({"type":"rollback","\udc00":1})").error == ec::bad_json);
}

TEST_CASE("strict_json: a noncharacter is refused anywhere", "[strict_json]") {
  for (auto text :
       {R"("\ufffe")", R"("\uffff")", R"("\ufdd0")", R"("\uFDEF")",
        R"("\ud83f\udffe")", R"("\udbff\udfff")", "\"\xEF\xBF\xBE\"",
        "\"\xEF\xBF\xBF\"", "\"\xEF\xB7\x90\"", "\"\xF0\x9F\xBF\xBF\"",
        "\"\xF4\x8F\xBF\xBE\"", R"({"\uffff":1})", R"([[{"a":["\uffff"]}]])"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::bad_json);
  }
  CHECK(check(R"({"type":"offer","sdp":"\uffff"})").error == ec::bad_json);
  CHECK(check(R"({"type":"rollback","\ufffe":1})").error == ec::bad_json);
}

TEST_CASE("strict_json: neighbours of noncharacters pass", "[strict_json]") {
  CHECK(with_payload(R"("\ufffd\ufdcf\ufdf0\ufeff\u0000\ud83f\udffd")")
        == ec::none);
  CHECK(with_payload("\"\xEF\xBF\xBD\xEF\xB7\xB0\xEF\xBB\xBF\"") == ec::none);
}

TEST_CASE("strict_json: invalid UTF-8 is refused", "[strict_json]") {
  for (auto text :
       {"\xFF", "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80"}) {
    CHECK(with_payload("\""s + text + "\"") == ec::bad_json);
    CHECK(with_payload("{\""s + text + "\":1}") == ec::bad_json);
    CHECK(check(R"({"type":"rollback"})"s + text).error == ec::bad_json);
  }
}

TEST_CASE("strict_json: a NUL byte is refused anywhere", "[strict_json]") {
  CHECK(with_payload("\"a\0b\""s) == ec::bad_json);
  CHECK(with_payload("\0"s) == ec::bad_json);
  CHECK(check("{\"type\":\"rollback\"}\0"s).error == ec::bad_json);
  CHECK(check("\0{\"type\":\"rollback\"}"s).error == ec::bad_json);
  CHECK(check("\0"s).error == ec::bad_json);
}

TEST_CASE("strict_json: an escaped NUL is a character like others",
          "[strict_json]") {
  CHECK(with_payload(R"("a\u0000b")") == ec::none);
  CHECK(check(R"({"type":"offer\u0000","sdp":"x"})").error == ec::unknown_type);
  CHECK(check(R"({"type":"control","action":"schema-error\u0000"})").error
        == ec::none);
}

TEST_CASE("strict_json: control characters must be escaped", "[strict_json]") {
  for (char c = 1; c < 32; ++c)
    CHECK(with_payload("\""s + c + "\"") == ec::bad_json);
  CHECK(with_payload("\"\x7F\"") == ec::none);
}

TEST_CASE("strict_json: broken escapes are refused", "[strict_json]") {
  for (auto text : {R"("\x")", R"("\u12")", R"("\u12g4")", R"("\U0041")",
                    R"("\")", R"("\'")", R"("\0")"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::bad_json);
  }
}

// -- numbers ------------------------------------------------------------------

TEST_CASE("strict_json: a number that fits a double or 64 bits passes",
          "[strict_json]") {
  for (auto text :
       {"0", "-0", "1E5", "1e+5", "0.1", "18446744073709551615",
        "18446744073709551616", "-9223372036854775808", "-9223372036854775809",
        "99999999999999999999999999999999999999", "1.7976931348623157e308",
        "4.9e-324", "1e-400", "0e400", "-0.0"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::none);
  }
  CHECK(with_payload(std::string(308, '9')) == ec::none);
  CHECK(with_payload("0." + std::string(5000, '1')) == ec::none);
}

TEST_CASE("strict_json: a number that fits neither is refused anywhere",
          "[strict_json]") {
  for (auto text : {"1e400", "-1e400", "1e309", "1.8e308", "[1e99999999999]",
                    "[18446744073709551616,1e400]"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::bad_json);
  }
  CHECK(with_payload(std::string(400, '9')) == ec::bad_json);
  CHECK(with_payload("-" + std::string(400, '9')) == ec::bad_json);
  CHECK(check(R"({"type":"candidate","sdpMLineIndex":1e400})").error
        == ec::bad_json);
}

TEST_CASE("strict_json: a malformed number is refused", "[strict_json]") {
  for (auto text : {"01",
                    "-01",
                    "1.",
                    ".5",
                    "1e",
                    "1e+",
                    "+1",
                    "- 1",
                    "-",
                    "0x10",
                    "1_0",
                    "NaN",
                    "Infinity",
                    "-Infinity",
                    "1.2.3",
                    "1-2",
                    "00",
                    "018446744073709551616",
                    "18446744073709551616x",
                    "[1 2]"}) {
    INFO(text);
    CHECK(with_payload(text) == ec::bad_json);
  }
}

// -- the text as a whole ------------------------------------------------------

TEST_CASE("strict_json: anything but one object is refused", "[strict_json]") {
  for (auto text : {"",
                    " ",
                    "\n\r\t ",
                    "nope",
                    "1",
                    "\"offer\"",
                    "null",
                    "true",
                    "[]",
                    R"([{"type":"rollback"}])",
                    "{",
                    "}",
                    R"({"type")",
                    R"({"type":})",
                    R"({"type":"rollback")",
                    R"({"type":"rollback",})",
                    R"({"type" "rollback"})",
                    R"({type:"rollback"})",
                    R"({'type':'rollback'})",
                    R"({"type":"rollback"]})",
                    "{}{}",
                    R"({"type":"rollback" "a":1})",
                    R"({"type":rollback})"}) {
    INFO(text);
    CHECK(check(text).error == ec::bad_json);
  }
}

TEST_CASE("strict_json: anything after the value is refused", "[strict_json]") {
  for (auto text : {"x", "}", "{}", ",", "1", "null", "//", "/**/", "\xC2\xA0",
                    "\f", "\v", "\xEF\xBB\xBF", "\"\""}) {
    INFO(text);
    CHECK(check(R"({"type":"rollback"})"s + text).error == ec::bad_json);
  }
  CHECK(check("{\"type\":\"rollback\"} \n\r\t").error == ec::none);
}

TEST_CASE("strict_json: comments are refused", "[strict_json]") {
  CHECK(check(R"({"type":"rollback"/**/})").error == ec::bad_json);
  CHECK(check("//\n{\"type\":\"rollback\"}").error == ec::bad_json);
}

TEST_CASE("strict_json: a byte order mark is refused", "[strict_json]") {
  CHECK(check("\xEF\xBB\xBF{\"type\":\"rollback\"}").error == ec::bad_json);
  CHECK(check("\xFF\xFE{\0}\0"s).error == ec::bad_json);
}
