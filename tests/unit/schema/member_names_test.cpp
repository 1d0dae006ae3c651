#include "schema/member_names.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace signalbox;

namespace {

bool repeats(const std::vector<std::string>& names) {
  member_names seen;
  for (const auto& name : names)
    seen.add(name);
  return seen.has_repeated();
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i)
    names.push_back("n" + std::to_string(i));
  return names;
}

} // namespace

TEST_CASE("member_names: different names are no repetition", "[member_names]") {
  CHECK_FALSE(repeats({}));
  CHECK_FALSE(repeats({""}));
  CHECK_FALSE(repeats({"sdp", "type"}));
  CHECK_FALSE(repeats({"sdpMid", "action"}));
  CHECK_FALSE(repeats({std::string(1, 'a'), std::string(65, 'a')}));
  CHECK_FALSE(repeats(numbered(8)));
  CHECK_FALSE(repeats(numbered(9)));
  CHECK_FALSE(repeats(numbered(10'000)));
}

TEST_CASE("member_names: a repeated name is found wherever it stands",
          "[member_names]") {
  CHECK(repeats({"", ""}));
  CHECK(repeats({"type", "sdp", "type"}));
  for (int count : {2, 7, 8, 9, 1000})
    for (auto position : {0, count / 2, count - 1}) {
      auto names = numbered(count);
      names.push_back(names[static_cast<std::size_t>(position)]);
      CHECK(repeats(names));
    }
}

TEST_CASE("member_names: names are compared beyond a NUL", "[member_names]") {
  CHECK_FALSE(repeats({std::string("a\0b", 3), std::string("a\0c", 3)}));
  CHECK(repeats({std::string("a\0b", 3), std::string("a\0b", 3)}));
}

TEST_CASE("member_names: clearing forgets all names", "[member_names]") {
  member_names seen;
  seen.add("a");
  seen.add("a");
  seen.clear();
  CHECK_FALSE(seen.has_repeated());
  seen.add("a");
  CHECK_FALSE(seen.has_repeated());
}
