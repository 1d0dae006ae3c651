#include "conf/value.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

TEST_CASE("value: an integer is decimal digits and nothing else", "[value]") {
  CHECK(read_integer("0") == 0U);
  CHECK(read_integer("1000000000000") == 1'000'000'000'000U);
  auto text = GENERATE(as<std::string>{}, "", "0x10", "010", "00", "+1", "-1",
                       " 1", "1 ", "1.0", "1e3", "1_000", "1,000", "ten",
                       "18446744073709551616");
  CAPTURE(text);
  CHECK_FALSE(read_integer(text));
}

TEST_CASE("value: every spelling of true is true", "[value]") {
  auto text = GENERATE(as<std::string>{}, "true", "TRUE", "True", "1", "yes",
                       "YES", "Yes", "on", "ON", "On", "tRuE");
  CAPTURE(text);
  CHECK(read_boolean(text) == true);
}

TEST_CASE("value: every spelling of false is false", "[value]") {
  auto text = GENERATE(as<std::string>{}, "false", "FALSE", "False", "0", "no",
                       "NO", "No", "off", "OFF", "Off", "fAlSe");
  CAPTURE(text);
  CHECK(read_boolean(text) == false);
}

TEST_CASE("value: nothing else is a boolean", "[value]") {
  auto text = GENERATE(as<std::string>{}, "", "2", "-1", "01", "enable",
                       "enabled", "disable", "y", "n", "t", "f", " true",
                       "true ", "truee", "null");
  CAPTURE(text);
  CHECK_FALSE(read_boolean(text));
}

TEST_CASE("value: a list is trimmed and its empty entries left out",
          "[value]") {
  CHECK(split_list(" a ,\tb,, c d ,")
        == std::vector<std::string>{"a", "b", "c d"});
  CHECK(split_list(" , ").empty());
}

TEST_CASE("value: log levels of the reference are known", "[value]") {
  CHECK(read_log_level("WARN") == log_level::warn);
  CHECK(read_log_level("fatal") == log_level::error);
  CHECK(read_log_level("silent") == log_level::off);
  CHECK_FALSE(read_log_level("verbose"));
}

TEST_CASE("value: a signature algorithm has one spelling", "[value]") {
  CHECK(read_signature_algorithm("HS256") == signature_algorithm::hs256);
  CHECK(read_signature_algorithm("PS384") == signature_algorithm::ps384);
  CHECK(read_signature_algorithm("EdDSA") == signature_algorithm::eddsa);
  CHECK(name_of(signature_algorithm::es512) == "ES512");
  for (auto text : {"", "none", "hs256", "EDDSA", "HS256 ", "ES256K"})
    CHECK_FALSE(read_signature_algorithm(text));
}

TEST_CASE("value: the HS algorithms alone are symmetric", "[value]") {
  using enum signature_algorithm;
  for (auto one : {hs256, hs384, hs512})
    CHECK(is_symmetric(one));
  for (auto one : {rs256, ps512, es256, es512, eddsa})
    CHECK_FALSE(is_symmetric(one));
}

TEST_CASE("value: close codes that no endpoint may send are refused",
          "[value]") {
  for (auto code : {1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999})
    CHECK(is_sendable_close_code(static_cast<std::uint64_t>(code)));
  for (auto code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000})
    CHECK_FALSE(is_sendable_close_code(static_cast<std::uint64_t>(code)));
}

TEST_CASE("value: a URL's password is masked, whatever it holds", "[value]") {
  CHECK(mask_url("https://h/keys?key=k&x=1") == "https://h/keys?****");
  CHECK(mask_url("HTTP://me:pw@h?k") == "HTTP://me:****@h?****");
  CHECK(mask_url("htps://h?key=k") == "htps://h?****");
  CHECK(mask_url("h/keys?key=k") == "h/keys?****");
  CHECK(mask_url("http://h/admin/#token=t") == "http://h/admin/#****");
  CHECK(mask_url("redis://h:6379/0") == "redis://h:6379/0");
  CHECK(mask_url("redis://:pw@h:6379") == "redis://:****@h:6379");
  CHECK(mask_url("redis://me:pw@h") == "redis://me:****@h");
  CHECK(mask_url("redis://token@h") == "redis://****@h");
  CHECK(mask_url("redis://me:p@w/x@h:1,h:2") == "redis://me:****@h:1,h:2");
  CHECK(mask_url("unix:///run/r.sock?password=pw&db=1")
        == "unix:///run/r.sock?password=****&db=1");
  CHECK(mask_url("unix:///s?password=a&PASSWORD=b")
        == "unix:///s?password=****&PASSWORD=****");
  CHECK(mask_url("me:pw@h") == "****@h");
  CHECK(mask_url("redis://:pw") == "redis://:****");
  CHECK(mask_url("redis://:pw/0") == "redis://:****/0");
  CHECK(mask_url("redis://:6379/0") == "redis://:6379/0");
}

TEST_CASE("value: what is shown cannot forge a line", "[value]") {
  CHECK(shown("0x10") == "0x10");
  CHECK(shown("") == "\"\"");
  CHECK(shown("a b") == "\"a b\"");
  CHECK(shown("a\nb\x1b\"") == "\"a\\x0ab\\x1b\\\"\"");
  CHECK(shown(std::string(300, 'a')) == '"' + std::string(200, 'a') + "...\"");
}

TEST_CASE("value: UTF-8 is what RFC 3629 says", "[value]") {
  for (auto text : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf",
                    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(shown(text));
    CHECK(is_utf8(text));
  }
  for (auto text : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
                    "\xed\xa0\x80", "\xe1\x80", "\xf0\x8f\xbf\xbf",
                    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CAPTURE(shown(text));
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("value: printable text is one line of ASCII", "[value]") {
  CHECK(printable("saw '\n' \"\\\x1b\xc3\"") == "saw '\\x0a' \"\\\\x1b\\xc3\"");
}
