#include "backplane/room_mirror.hpp"

#include "backplane/member_id.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;
using knowledge = room_mirror::knowledge;

const std::string own = "sb:aaaaaaaaaaaa:0";
const std::string mine = own + ":1";
const std::string holder_b = "sb:bbbbbbbbbbbb:1";
const std::string b1 = holder_b + ":1";
const std::string b2 = holder_b + ":2";
const std::string holder_c = "sb:bbbbbbbbbbbb:10";
const std::string c1 = holder_c + ":1";
const std::string reference = "5f0c1d9e-30b4-4b0e-9a53-0d7c5b1f2a77";

constexpr room_mirror::time_point start{};
constexpr auto grace = 10s;

struct fixture {
  /// A read and its answer.
  bool read(const ids& members, room_mirror::time_point now = start) {
    mirror.read_sent();
    return answer(members, now);
  }

  bool answer(const ids& members, room_mirror::time_point now = start) {
    return mirror.read_answered({members.begin(), members.end()}, own, now);
  }

  ids others() const {
    ids result;
    for (const auto& x : mirror.others())
      result.push_back(x.id);
    return result;
  }

  ids holders() const {
    const auto found = mirror.holders();
    return {found.begin(), found.end()};
  }

  room_mirror mirror;
};

} // namespace

// -- reading the set ----------------------------------------------------------

TEST_CASE_METHOD(fixture, "room_mirror: a new one wants to read, and doubts",
                 "[room_mirror]") {
  CHECK(mirror.state() == knowledge::unknown);
  CHECK(mirror.needs_read());
  CHECK(mirror.may_others_exist());
  CHECK(others().empty());
}

TEST_CASE_METHOD(fixture, "room_mirror: an answer makes the set known",
                 "[room_mirror]") {
  mirror.read_sent();
  CHECK(mirror.state() == knowledge::reading);
  CHECK_FALSE(mirror.needs_read());
  CHECK(mirror.may_others_exist());
  CHECK(answer({mine}));
  CHECK(mirror.state() == knowledge::known);
  CHECK_FALSE(mirror.needs_read());
  CHECK_FALSE(mirror.may_others_exist());
}

TEST_CASE_METHOD(fixture, "room_mirror: members of others are told apart",
                 "[room_mirror]") {
  CHECK(read({reference, mine, c1, b2, own + ":ff", b1, b1}));
  CHECK(others() == ids{reference, c1, b1, b2});
  CHECK(holders() == ids{holder_c, holder_b});
  CHECK(mirror.may_others_exist());
}

TEST_CASE_METHOD(fixture, "room_mirror: what resembles an own id is another's",
                 "[room_mirror]") {
  CHECK(read({own, own + ":", own + "0:1", own + ":01"}));
  CHECK(others() == ids{own, own + "0:1", own + ":", own + ":01"});
  CHECK(holders().empty());
}

TEST_CASE_METHOD(fixture, "room_mirror: an invalidation makes it unknown",
                 "[room_mirror]") {
  read({mine});
  mirror.invalidated();
  CHECK(mirror.state() == knowledge::unknown);
  CHECK(mirror.needs_read());
  CHECK(mirror.may_others_exist());
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: an answer that an invalidation overtook is "
                 "discarded, and read again",
                 "[room_mirror]") {
  mirror.read_sent();
  mirror.invalidated();
  CHECK(mirror.state() == knowledge::reading_again);
  CHECK_FALSE(mirror.needs_read());
  CHECK_FALSE(answer({mine}));
  CHECK(mirror.state() == knowledge::unknown);
  CHECK(mirror.needs_read());
  CHECK(read({mine, b1}));
  CHECK(others() == ids{b1});
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: of several reads those sent after the "
                 "invalidation count",
                 "[room_mirror]") {
  mirror.read_sent();
  mirror.read_sent();
  mirror.invalidated();
  mirror.read_sent();
  CHECK(mirror.state() == knowledge::reading);
  CHECK_FALSE(answer({mine}));
  CHECK_FALSE(answer({mine}));
  CHECK(mirror.state() == knowledge::reading);
  CHECK(answer({mine, b1}));
  CHECK(mirror.state() == knowledge::known);
}

TEST_CASE_METHOD(fixture, "room_mirror: a read of a known set replaces it",
                 "[room_mirror]") {
  read({mine});
  mirror.read_sent();
  CHECK(mirror.state() == knowledge::known);
  CHECK(answer({mine, b1}));
  CHECK(others() == ids{b1});
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: an invalidation of a known set spoils the read "
                 "under way too",
                 "[room_mirror]") {
  read({mine});
  mirror.read_sent();
  mirror.invalidated();
  CHECK(mirror.state() == knowledge::reading_again);
  CHECK_FALSE(answer({mine}));
  CHECK(mirror.needs_read());
}

TEST_CASE_METHOD(fixture, "room_mirror: a read that failed is sent again",
                 "[room_mirror]") {
  mirror.read_sent();
  mirror.read_failed();
  CHECK(mirror.needs_read());
  mirror.read_sent();
  mirror.invalidated();
  mirror.read_failed();
  CHECK(mirror.needs_read());
  CHECK(read({mine}));
}

TEST_CASE_METHOD(fixture, "room_mirror: an answer nobody waits for is ignored",
                 "[room_mirror]") {
  CHECK_FALSE(answer({mine, b1}));
  mirror.read_failed();
  CHECK(mirror.needs_read());
  CHECK(others().empty());
}

TEST_CASE_METHOD(fixture, "room_mirror: a lost connection leaves it unknown",
                 "[room_mirror]") {
  read({mine, b1});
  mirror.read_sent();
  mirror.invalidated();
  mirror.reset();
  CHECK(mirror.state() == knowledge::unknown);
  CHECK(others() == ids{b1});
  CHECK_FALSE(answer({mine}));
  CHECK(read({mine, b1}));
  mirror.reset();
  CHECK(mirror.needs_read());
}

// -- leaves -------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "room_mirror: an announced leave is told once",
                 "[room_mirror]") {
  read({mine, b1, b2, reference});
  CHECK(mirror.leave_announced(b1));
  CHECK(mirror.leave_announced(reference));
  CHECK(others() == ids{b2});
  mirror.invalidated();
  read({mine, b2});
  CHECK(mirror.missing_for(start + 1h, grace).empty());
  CHECK(mirror.holder_died(holder_b) == ids{b2});
}

TEST_CASE_METHOD(fixture, "room_mirror: the leave of an unknown one is told",
                 "[room_mirror]") {
  CHECK(mirror.leave_announced(b1));
  CHECK(mirror.leave_announced(reference));
  read({mine});
  CHECK(mirror.leave_announced(b2));
  CHECK_FALSE(mirror.may_others_exist());
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: a reference node's leave announced twice is "
                 "told once",
                 "[room_mirror]") {
  read({mine, reference});
  CHECK(mirror.leave_announced(reference));
  CHECK_FALSE(mirror.leave_announced(reference));
  CHECK_FALSE(mirror.leave_announced(reference));
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: an answer that an announcement overtook does "
                 "not bring the member back",
                 "[room_mirror]") {
  mirror.read_sent();
  CHECK(mirror.leave_announced(b1));
  CHECK(mirror.state() == knowledge::reading_again);
  CHECK_FALSE(answer({mine, b1}));
  CHECK(read({mine}));
  CHECK(mirror.missing_for(start + 1h, grace).empty());
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: a reference node that removes its member late "
                 "keeps it an other until then",
                 "[room_mirror]") {
  read({mine, reference});
  CHECK(mirror.leave_announced(reference));
  mirror.invalidated();
  read({mine, reference});
  CHECK(mirror.may_others_exist());
  mirror.invalidated();
  read({mine});
  CHECK_FALSE(mirror.may_others_exist());
  CHECK_FALSE(mirror.leave_announced(reference));
}

TEST_CASE_METHOD(fixture, "room_mirror: a dead holder's members are told once",
                 "[room_mirror]") {
  read({mine, b1, b2, c1, reference});
  CHECK(mirror.holder_died(holder_b) == ids{b1, b2});
  CHECK(mirror.holder_died(holder_b).empty());
  // The others of this node must hear what is said until the set is without
  // them: perhaps they are alive.
  CHECK(others() == ids{reference, c1, b1, b2});
  CHECK_FALSE(mirror.leave_announced(b1));
  CHECK(others() == ids{reference, c1, b2});
  mirror.invalidated();
  read({mine, c1, reference});
  CHECK(others() == ids{reference, c1});
  CHECK_FALSE(mirror.leave_announced(b2));
  CHECK(mirror.missing_for(start + 1h, grace).empty());
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: a dead holder's member that was missing already "
                 "is gone at once",
                 "[room_mirror]") {
  read({mine, b1});
  read({mine});
  CHECK(mirror.may_others_exist());
  CHECK(mirror.holder_died(holder_b) == ids{b1});
  CHECK_FALSE(mirror.may_others_exist());
  CHECK_FALSE(mirror.leave_announced(b1));
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: a holder that was not dead has members again "
                 "when it puts them back",
                 "[room_mirror]") {
  read({mine, b1});
  mirror.holder_died(holder_b);
  read({mine});
  CHECK_FALSE(mirror.may_others_exist());
  read({mine, b1});
  CHECK(mirror.may_others_exist());
  CHECK(mirror.leave_announced(b1));
}

TEST_CASE_METHOD(fixture, "room_mirror: who is missing for long is told gone",
                 "[room_mirror]") {
  read({mine, b1, b2}, start);
  read({mine, b2}, start + 1s);
  CHECK(others() == ids{b1, b2});
  CHECK(mirror.missing_for(start + 11s, grace).empty());
  // Another set without it does not start its time again.
  read({mine, b2}, start + 9s);
  CHECK(mirror.missing_for(start + 11s + 1ms, grace) == ids{b1});
  CHECK(mirror.missing_for(start + 1h, grace).empty());
  CHECK(others() == ids{b2});
  CHECK_FALSE(mirror.leave_announced(b1));
  // Nor if it is announced again.
  CHECK_FALSE(mirror.leave_announced(b1));
}

TEST_CASE_METHOD(fixture, "room_mirror: who is back in time was not missing",
                 "[room_mirror]") {
  read({mine, b1}, start);
  read({mine}, start + 1s);
  read({mine, b1}, start + 2s);
  CHECK(mirror.missing_for(start + 1h, grace).empty());
  read({mine}, start + 1h);
  CHECK(mirror.missing_for(start + 1h + 10s, grace).empty());
  CHECK(mirror.missing_for(start + 1h + 11s, grace) == ids{b1});
}

TEST_CASE_METHOD(fixture, "room_mirror: who came back late leaves again",
                 "[room_mirror]") {
  read({mine, b1}, start);
  read({mine}, start);
  CHECK(mirror.missing_for(start + 11s, grace) == ids{b1});
  read({mine, b1}, start + 12s);
  CHECK(others() == ids{b1});
  CHECK(mirror.leave_announced(b1));
}

TEST_CASE_METHOD(fixture, "room_mirror: nobody is missing from an unknown set",
                 "[room_mirror]") {
  read({mine, b1}, start);
  read({mine}, start);
  mirror.invalidated();
  CHECK(mirror.missing_for(start + 1h, grace).empty());
  read({mine, b1}, start + 1h);
  CHECK(mirror.missing_for(start + 2h, grace).empty());
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: after a lost connection time begins anew",
                 "[room_mirror]") {
  read({mine, b1}, start);
  read({mine}, start);
  mirror.reset();
  read({mine}, start + 1h);
  CHECK(mirror.missing_for(start + 1h + 10s, grace).empty());
  CHECK(mirror.missing_for(start + 1h + 11s, grace) == ids{b1});
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: a reference node's member stays until its leave "
                 "is announced",
                 "[room_mirror]") {
  read({mine, reference}, start);
  read({mine}, start);
  mirror.reset();
  read({mine}, start + 1h);
  CHECK(mirror.missing_for(start + 2h, grace).empty());
  CHECK(mirror.holder_died(reference).empty());
  CHECK(mirror.holder_died("").empty());
  CHECK(mirror.may_others_exist());
  CHECK(mirror.leave_announced(reference));
  CHECK_FALSE(mirror.may_others_exist());
}

// -- bounds -------------------------------------------------------------------

TEST_CASE_METHOD(fixture, "room_mirror: the oldest notes are forgotten",
                 "[room_mirror]") {
  const auto id = [](std::size_t i) { return "reference" + std::to_string(i); };
  for (std::size_t i = 0; i <= room_mirror::notes_max; ++i)
    CHECK(mirror.leave_announced(id(i)));
  CHECK_FALSE(mirror.leave_announced(id(1)));
  CHECK(mirror.leave_announced(id(0)));
}

TEST_CASE_METHOD(fixture,
                 "room_mirror: of reference nodes' members that are missing "
                 "the newest are kept",
                 "[room_mirror]") {
  for (std::size_t i = 0; i < 3 * room_mirror::notes_max; ++i)
    read({mine, "reference" + std::to_string(i)},
         start + std::chrono::seconds{i});
  // And one that is there.
  CHECK(mirror.others().size() == room_mirror::notes_max + 1);
  read({mine}, start + 1h);
  CHECK(mirror.others().size() == room_mirror::notes_max);
  CHECK(mirror.others().front().id == "reference128");
}

TEST_CASE("room_mirror: of many who die at once each is told once",
          "[room_mirror]") {
  room_mirror mirror;
  const auto holder = make_holder("abcdefghijkl", 0);
  std::vector<std::string> many;
  for (std::uint64_t i = 0; i < 500; ++i)
    many.push_back(make_member(holder, i));
  mirror.read_sent();
  mirror.read_answered({many.begin(), many.end()}, "sb:mnopqrstuvwx:0", start);
  CHECK(mirror.holder_died(holder).size() == 500);
  // The set without them is read before their leaves are heard.
  mirror.read_sent();
  mirror.read_answered({}, "sb:mnopqrstuvwx:0", start);
  std::size_t told_again = 0;
  for (const auto& x : many)
    told_again += mirror.leave_announced(x) ? 1 : 0;
  CHECK(told_again == 0);
}

TEST_CASE_METHOD(fixture, "room_mirror: it holds others while they are there",
                 "[room_mirror]") {
  read({mine, b1, reference});
  CHECK(mirror.holds(b1));
  CHECK(mirror.holds(reference));
  CHECK_FALSE(mirror.holds(mine));
  CHECK_FALSE(mirror.holds(b2));
  read({mine, b1});
  CHECK_FALSE(mirror.holds(reference));
  read({mine, b1, reference});
  CHECK(mirror.holds(reference));
}
