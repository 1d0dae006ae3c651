#include "backplane/member_id.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace signalbox;

namespace {

const std::string node = "abcdefwxyz27";

} // namespace

TEST_CASE("member_id: a member is its node, its shard and its number",
          "[member_id]") {
  const auto holder = make_holder(node, 13);
  CHECK(holder == "sb:abcdefwxyz27:13");
  CHECK(make_member(holder, 0) == "sb:abcdefwxyz27:13:0");
  CHECK(make_member(holder, 0xBEEF) == "sb:abcdefwxyz27:13:beef");
}

TEST_CASE("member_id: the parts of a member are those it was made of",
          "[member_id]") {
  constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t shard : {0u, 1u, 10u, 999'999'999u}) {
    for (std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xA0}, highest}) {
      const auto holder = make_holder(node, shard);
      const auto member = make_member(holder, number);
      CAPTURE(member);
      REQUIRE(holder_of(member));
      CHECK(*holder_of(member) == holder);
      CHECK(node_of(*holder_of(member)) == node);
      CHECK(number_of(member) == number);
    }
  }
}

TEST_CASE("member_id: what only resembles an id of ours is none",
          "[member_id]") {
  for (const std::string member : {
         "",
         "sb:",
         "sb:abcdefwxyz27",
         "sb:abcdefwxyz27:",
         "sb:abcdefwxyz27:0",
         "sb:abcdefwxyz27:0:",
         "sb:abcdefwxyz27::0",
         "sb:abcdefwxyz27:00:0",
         "sb:abcdefwxyz27:01:0",
         "sb:abcdefwxyz27:-1:0",
         "sb:abcdefwxyz27:1234567890:0",
         "sb:abcdefwxyz27:a:0",
         "sb:abcdefwxyz27:0:00",
         "sb:abcdefwxyz27:0:0f",
         "sb:abcdefwxyz27:0:F",
         "sb:abcdefwxyz27:0:g",
         "sb:abcdefwxyz27:0:10000000000000000",
         "sb:abcdefwxyz27:0:0 ",
         "sb:abcdefwxyz27:0:0:0",
         " sb:abcdefwxyz27:0:0",
         "SB:abcdefwxyz27:0:0",
         "sb:abcdefwxyz2:0:0",
         "sb:abcdefwxyz277:0:0",
         "sb:abcdefwxyz21:0:0",
         "sb:abcdefwxyz28:0:0",
         "sb:Abcdefwxyz27:0:0",
         "sb:abcdef:xyz27:0:0",
         "b1946ac9-2f1c-4d0b-9d3a-6f4c2a6b7c11",
         "peer",
       }) {
    CAPTURE(member);
    CHECK_FALSE(holder_of(member));
    CHECK_FALSE(number_of(member));
  }
}

TEST_CASE("member_id: a NUL in an id makes it another's", "[member_id]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(holder_of("sb:abcdefwxyz27:0:0\0"sv));
  CHECK_FALSE(holder_of("sb:abcdefwxyz27:0\0:0"sv));
}
