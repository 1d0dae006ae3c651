#include "schema/long_integers.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

/// The text after the rewriting, without the spaces that fill the gap.
std::string shortened(std::string text) {
  auto size = text.size();
  auto found = shorten_long_integers(text.data(), text.size());
  CHECK(text.size() == size);
  std::erase(text, ' ');
  return found ? text : "unchanged";
}

} // namespace

TEST_CASE("long_integers: an integer beyond 64 bits becomes short",
          "[long_integers]") {
  CHECK(shortened("18446744073709551616") == "1e30");
  CHECK(shortened("[-9223372036854775809,1]") == "[-1e30,1]");
  CHECK(shortened("[1,18446744073709551616,18446744073709551616]")
        == "[1,1e30,1e30]");
  CHECK(shortened("[" + std::string(308, '9') + "]") == "[1e30]");
}

TEST_CASE("long_integers: what fits no double stays", "[long_integers]") {
  CHECK(shortened("[" + std::string(309, '9') + "]") == "unchanged");
  CHECK(shortened("[-" + std::string(400, '9') + "]") == "unchanged");
}

TEST_CASE("long_integers: the largest double is the limit", "[long_integers]") {
  // 2^1024 - 2^970 is half-way between the largest double and infinity.
  std::string half_way =
    "179769313486231580793728971405303415079934132710037826936173778980"
    "444968292764750946649017977587207096330286416692887910946555547851"
    "940402630657488671505820681908902000708383676273854845817711531764"
    "475730270069855571366959622842914819860834936475292719074168444365"
    "510704342711559699508093042880177904174497792";
  auto below = half_way;
  below.back() = '1';
  CHECK(shortened(half_way) == "unchanged");
  CHECK(shortened(below) == "1e30");
}

TEST_CASE("long_integers: digits of a fraction or an exponent stay",
          "[long_integers]") {
  CHECK(shortened("[0.12345678901234567890123]") == "unchanged");
  CHECK(shortened("[12345678901234567890.5]") == "unchanged");
  CHECK(shortened("[1e12345678901234567890]") == "unchanged");
  CHECK(shortened("[12345678901234567890e5]") == "unchanged");
}

TEST_CASE("long_integers: digits in strings stay", "[long_integers]") {
  CHECK(shortened(R"({"12345678901234567890":"12345678901234567890"})")
        == "unchanged");
  CHECK(shortened(R"(["\"12345678901234567890"])") == "unchanged");
  CHECK(shortened(R"(["\\",12345678901234567890])") == R"(["\\",1e30])");
}

TEST_CASE("long_integers: broken text stays broken", "[long_integers]") {
  CHECK(shortened("[012345678901234567890]") == "unchanged");
  CHECK(shortened("[--12345678901234567890]") == "unchanged");
  CHECK(shortened("[-]") == "unchanged");
  CHECK(shortened("\"12345678901234567890") == "unchanged");
  CHECK(shortened("\"\\") == "unchanged");
  CHECK(shortened("") == "unchanged");
}
