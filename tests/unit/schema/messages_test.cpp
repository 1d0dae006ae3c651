// Everything clients send, one message a line, and each rule broken. The files
// are shared with the test of the JSON Schema files, which so are held equal.

#include "lines.hpp"

#include "schema/validator.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using signalbox::test::lines_of;

namespace {

/// The lines of `outcome` that the validator judges otherwise.
std::vector<std::string> misjudged(ec outcome) {
  validator judge{65536};
  std::vector<std::string> wrong;
  for (const auto& line : lines_of(outcome))
    if (auto v = judge.check(line); v.error != outcome)
      wrong.push_back(std::string{name_of(v.error)} + ", "
                      + std::string{v.explanation} + ": " + line);
  return wrong;
}

} // namespace

TEST_CASE("messages: what browsers and libraries send is taken", "[messages]") {
  CHECK(lines_of(ec::none).size() > 50);
  CHECK(misjudged(ec::none) == std::vector<std::string>{});
}

TEST_CASE("messages: the server's own notices are refused as reserved",
          "[messages]") {
  CHECK(lines_of(ec::reserved).size() > 10);
  CHECK(misjudged(ec::reserved) == std::vector<std::string>{});
}

TEST_CASE("messages: a type of another dialect or of none is unknown",
          "[messages]") {
  CHECK(lines_of(ec::unknown_type).size() > 10);
  CHECK(misjudged(ec::unknown_type) == std::vector<std::string>{});
}

TEST_CASE("messages: a member of the wrong kind is refused", "[messages]") {
  CHECK(lines_of(ec::bad_member).size() > 50);
  CHECK(misjudged(ec::bad_member) == std::vector<std::string>{});
}

TEST_CASE("messages: a refusal says why and a valid message does not",
          "[messages]") {
  validator judge{65536};
  for (auto outcome :
       {ec::none, ec::reserved, ec::unknown_type, ec::bad_member})
    for (const auto& line : lines_of(outcome)) {
      INFO(line);
      CHECK(judge.check(line).explanation.empty() == (outcome == ec::none));
    }
}
