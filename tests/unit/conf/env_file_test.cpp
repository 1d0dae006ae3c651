#include "conf/env_file.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

/// The value of the last assignment to A.
std::string value_of_a(std::string_view content) {
  std::string result = "(not set)";
  for (const auto& one : parse_env_file(content))
    if (one.name == "A")
      result = one.value;
  return result;
}

} // namespace

TEST_CASE("env file: values are trimmed, blanks around = allowed",
          "[env_file]") {
  CHECK(value_of_a("A=1") == "1");
  CHECK(value_of_a("  A =  some text  \n") == "some text");
  CHECK(value_of_a("A=") == "");
  CHECK(value_of_a("A=\nB=2") == "");
  CHECK(value_of_a("A=x=y") == "x=y");
}

TEST_CASE("env file: export and YAML's colon are understood", "[env_file]") {
  CHECK(value_of_a("export A=1") == "1");
  CHECK(value_of_a("  export   A=1") == "1");
  CHECK(value_of_a("A: 1") == "1");
  CHECK(value_of_a("A:1") == "(not set)");
  CHECK(value_of_a("exportA=1") == "(not set)");
}

TEST_CASE("env file: a variable may be called export", "[env_file]") {
  auto found = parse_env_file("export = 1");
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "export");
  CHECK(found[0].value == "1");
}

TEST_CASE("env file: line ends count as space before = and before a quote",
          "[env_file]") {
  CHECK(value_of_a("A\n= 1") == "1");
  CHECK(value_of_a("A=\n'1'") == "1");
}

TEST_CASE("env file: every line end and a byte order mark are passed over",
          "[env_file]") {
  CHECK(value_of_a("B=1\r\nA=2\r\n") == "2");
  CHECK(value_of_a("B=1\rA=2\r") == "2");
  CHECK(value_of_a("\xef\xbb\xbf"
                   "A=2")
        == "2");
}

TEST_CASE("env file: all three quotes keep blanks and hashes", "[env_file]") {
  CHECK(value_of_a("A=' a # b '") == " a # b ");
  CHECK(value_of_a("A=\" a # b \"") == " a # b ");
  CHECK(value_of_a("A=` a # b `") == " a # b ");
  CHECK(value_of_a("A=\"\"") == "");
  CHECK(value_of_a("A=\"it's `so`\"") == "it's `so`");
}

TEST_CASE("env file: line breaks are expanded in double quotes only",
          "[env_file]") {
  CHECK(value_of_a(R"(A="a\nb\rc")") == "a\nb\rc");
  CHECK(value_of_a(R"(A='a\nb')") == R"(a\nb)");
  CHECK(value_of_a(R"(A=`a\nb`)") == R"(a\nb)");
  CHECK(value_of_a(R"(A=a\nb)") == R"(a\nb)");
}

TEST_CASE("env file: quoted values go over several lines", "[env_file]") {
  CHECK(value_of_a("A=\"one\ntwo\"\nB=1") == "one\ntwo");
  CHECK(value_of_a("A='one\n# two\nB=3'\n") == "one\n# two\nB=3");
}

TEST_CASE("env file: an escaped quote does not end a value, and stays escaped",
          "[env_file]") {
  CHECK(value_of_a(R"(A="a\"b")") == R"(a\"b)");
  CHECK(value_of_a("A=\"a\\\"\nB=1") == R"(a\)");
}

TEST_CASE("env file: comments start a line or follow a value", "[env_file]") {
  CHECK(value_of_a("# A=1") == "(not set)");
  CHECK(value_of_a("A=1 # one") == "1");
  CHECK(value_of_a("A='1' # it's one") == "1");
  CHECK(value_of_a("A=# one") == "");
}

TEST_CASE("env file: an unquoted value ends at the first hash", "[env_file]") {
  CHECK(value_of_a("A=a#b") == "a");
}

TEST_CASE("env file: quotes that do not end the line are part of the value",
          "[env_file]") {
  CHECK(value_of_a("A=\"a\" b") == "\"a\" b");
  CHECK(value_of_a("A='it''s'") == "it''s");
  CHECK(value_of_a("A=\"a") == "\"a");
}

TEST_CASE("env file: what is no assignment is passed over", "[env_file]") {
  CHECK(value_of_a("some text\n=1\nA B=2\n\nA=3") == "3");
  CHECK(parse_env_file("").empty());
  CHECK(parse_env_file("\n\n#\n").empty());
}

TEST_CASE("env file: of equal names the last counts", "[env_file]") {
  CHECK(value_of_a("A=1\nA=2") == "2");
}

TEST_CASE("env file: the line of each name is known", "[env_file]") {
  auto found = parse_env_file("\n# x\nA='1\n2'\n\nexport B=3\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].line == 3);
  CHECK(found[1].line == 6);
}
