#include "conf/toml_file.hpp"

#include <catch2/catch.hpp>

#include "conf/toml_scan.hpp"
#include "conf/value.hpp"
#include "fixture.hpp"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

/// The one complaint about a file that is no TOML.
std::string error_of(std::string_view content) {
  auto result = parse_toml_file(content, "x.toml");
  REQUIRE(result.settings.empty());
  REQUIRE(result.errors.size() == 1);
  return result.errors.front();
}

/// What the only setting says.
std::string value_of(std::string_view content) {
  auto result = parse_toml_file(content, "x.toml");
  INFO(printable(result.errors.empty() ? ""s : result.errors.front()));
  REQUIRE(result.settings.size() == 1);
  return result.settings.front().text;
}

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string result;
  while (result.size() < bytes)
    result += text;
  return result;
}

} // namespace

// -- letters outside ASCII ----------------------------------------------------

TEST_CASE("toml: a letter outside ASCII is refused outside strings", "[toml]") {
  auto refused = "expected ASCII outside strings and comments, not byte 0xc3"s;
  CHECK(error_of("\xc3\xab") == "x.toml:1: " + refused);
  CHECK(error_of("port = \xc3\xa9\n") == "x.toml:1: " + refused);
  CHECK(error_of("\n\xc3\xa9 = 1\n") == "x.toml:2: " + refused);
  CHECK(error_of("a = '''\n''' \xc3\xa9") == "x.toml:2: " + refused);
  CHECK(error_of("a = \"\\\\\"\xc3\xa9") == "x.toml:1: " + refused);
}

TEST_CASE("toml: all four kinds of strings and comments hold any letter",
          "[toml]") {
  CHECK(value_of("jwt_issuer = \"\xc3\xab\\\"\xc3\xab\" # \xc3\xab'")
        == "\xc3\xab\"\xc3\xab");
  CHECK(value_of("jwt_issuer = '\xc3\xab\\'# \xc3\xab") == "\xc3\xab\\");
  CHECK(value_of("jwt_issuer = \"\"\"\n\"\xc3\xab\\\"\"\"\xc3\xab\"\"\"\"\"")
        == "\"\xc3\xab\"\"\"\xc3\xab\"\"");
  CHECK(value_of("jwt_issuer = '''\n''\xc3\xab'\n# \xc3\xab''''")
        == "''\xc3\xab'\n# \xc3\xab'");
  CHECK(value_of("\"jwt_issuer\" = \"\" # \xc3\xab").empty());
}

TEST_CASE("toml: a file may begin with a byte order mark", "[toml]") {
  CHECK(value_of("\xef\xbb\xbfport = 1") == "1");
}

TEST_CASE("toml: a letter outside ASCII is refused after a backslash",
          "[toml]") {
  auto refused =
    "expected ASCII or an escape such as \\u00e9 after a "
    "backslash, not byte 0xc3"s;
  CHECK(error_of("bind = \"\\\xc3\xa9\"") == "x.toml:1: " + refused);
  CHECK(error_of("bind = \"\"\"\\\n  \xc3\xa9\"\"\"")
        == "x.toml:2: " + refused);
  CHECK(value_of("jwt_issuer = \"\"\"\\\n  a\xc3\xa9\"\"\"") == "a\xc3\xa9");
}

TEST_CASE("toml: a quote in a number is refused", "[toml]") {
  CHECK(error_of("port = 1\"\xc3\xa9\"")
        == "x.toml:1: expected no quote in a number");
  CHECK(error_of("port = 1=\"\xc3\xa9\"")
        == "x.toml:1: expected no quote in a number");
}

// -- control characters -------------------------------------------------------

TEST_CASE("toml: a control character is refused wherever it stands", "[toml]") {
  auto refused = "expected text without control characters, not byte "s;
  CHECK(error_of("[\x01") == "x.toml:1: " + refused + "0x01");
  CHECK(error_of("\n# \x1b[31m\n") == "x.toml:2: " + refused + "0x1b");
  CHECK(error_of("bind = \"\x7f\"") == "x.toml:1: " + refused + "0x7f");
  CHECK(error_of("bind = '''\n\n\r'''") == "x.toml:3: " + refused + "0x0d");
  CHECK(error_of("port = 1\0"s) == "x.toml:1: " + refused + "0x00");
  CHECK(error_of("port = 1\v") == "x.toml:1: " + refused + "0x0b");
}

TEST_CASE("toml: tabs and both kinds of line ends are taken", "[toml]") {
  CHECK(value_of("port\t=\t1\r\n#\t\r\n\n") == "1");
}

// -- what toml++ takes for impossible -----------------------------------------

TEST_CASE("toml: a table's header needs a name", "[toml]") {
  CHECK(error_of("\n[=]")
        == "x.toml:2: expected a table's name after [, not =");
  CHECK(error_of("[[ #") == "x.toml:1: expected a table's name after [, not #");
  CHECK(error_of("[[[a]]]")
        == "x.toml:1: expected a table's name after [, not [");
  CHECK(error_of("[[ [") == error_of("[[["));
  CHECK(error_of("[\na]")
        == "x.toml:1: expected a table's name after [, not \"\\x0a\"");
}

TEST_CASE("toml: a bracket of the wrong kind is refused", "[toml]") {
  CHECK(error_of("jwt_alg = [\n}") == "x.toml:2: expected ], not }");
  CHECK(error_of("port = {]") == "x.toml:1: expected }, not ]");
}

TEST_CASE("toml: one digit after a date is refused", "[toml]") {
  CHECK(error_of("port = 1979-05-27 0\n")
        == "x.toml:1: expected a time such as 07:32:00 after a date and a "
           "blank");
}

// -- depth --------------------------------------------------------------------

TEST_CASE("toml: a key of too many parts is refused", "[toml]") {
  auto refused =
    "x.toml:1: expected at most 16 dots outside strings in a line"s;
  CHECK(error_of(repeated("a.", 65'536)) == refused);
  CHECK(error_of(repeated("a.", 65'530) + "a = 1") == refused);
  CHECK(error_of("[" + repeated("a.", 65'530) + "a]") == refused);
  CHECK(error_of(repeated("a.", 34) + "a = 1") == refused);
  CHECK(error_of(repeated("a.", 32) + "a = 1") == "a (x.toml:1): unknown key");
}

TEST_CASE("toml: dots are counted by line and not in strings", "[toml]") {
  CHECK(value_of("jwt_issuer = '" + repeated(".", 64) + "' # ......")
        == repeated(".", 64));
  CHECK_FALSE(refusal_of_toml(repeated("a.b.c.d.e = 1\n", 4'096)));
}

TEST_CASE("toml: too many brackets in each other are refused", "[toml]") {
  auto refused = "x.toml:1: expected at most 16 brackets in each other"s;
  CHECK(error_of("a = " + repeated("[", 65'530)) == refused);
  CHECK(error_of("a = " + repeated("{a = ", 65'530)) == refused);
  CHECK(error_of(repeated("[", 65'536))
        == "x.toml:1: expected a table's name after [, not [");
  CHECK(error_of("a = " + repeated("[", 16) + repeated("]", 16))
        == "a (x.toml:1): unknown key");
}

TEST_CASE("toml: the deepest tables that are taken fit the stack", "[toml]") {
  std::string content = repeated("a.", 32) + "a = ";
  for (auto i = 0; i < 8; ++i)
    content += "[\n{" + repeated("a.", 32) + "a = ";
  content += '1';
  for (auto i = 0; i < 8; ++i)
    content += "}]";
  CHECK(error_of(content) == "a (x.toml:1): unknown key");
}

// -- messages -----------------------------------------------------------------

TEST_CASE("toml: a complaint of toml++ is one line of ASCII", "[toml]") {
  CHECK(error_of("port = 1\npretty_logs = tr\n")
        == "x.toml:2: Error while parsing boolean: expected 'true', saw "
           "'tr\\x0a'");
}

TEST_CASE("toml: a file's name cannot forge a line of the complaint",
          "[toml]") {
  auto result = parse_toml_file("nonsense = 1", "a\nb");
  CHECK(result.errors == texts{"nonsense (\"a\\x0ab\":1): unknown key"});
}
