#include "tests/support/room_fixture.hpp"

#include <catch2/catch.hpp>

#include <new>

using namespace signalbox;
using namespace signalbox::test;

namespace {

const std::string peer_left{peer_disconnected_text};

/// One room called "lobby", and a directory that only listens.
struct one_room : room_fixture {
  explicit one_room(const adjustment& adjust = {}) : room_fixture(adjust) {
    room = spawn<signalbox::room>("lobby", spawn<fake_directory>(told));
    run();
  }

  seat ask_in(std::uint64_t id) {
    return ask<caf::strong_actor_ptr>(room, enter_atom_v, session_id{id},
                                      member(id));
  }

  seat enter(std::uint64_t id) {
    auto result = ask_in(id);
    run();
    return result;
  }

  void leave(std::uint64_t id) {
    tell(room, leave_room_atom_v, session_id{id});
  }

  room_actor room;
  /// What the directory was told.
  transcript& told = new_transcript();
};

/// It has no memory for a third member.
struct poor_room : one_room {
  struct no_third : signalbox::room {
    using room::room;

  protected:
    bool handle_at_once(caf::mailbox_element& x) override {
      const auto* enter = content_of<enter_atom, session_id, session_actor>(x);
      if (enter && std::get<1>(*enter) == session_id{3})
        throw std::bad_alloc{};
      return room::handle_at_once(x);
    }
  };

  poor_room() {
    room = spawn<no_third>("lobby", spawn<fake_directory>(told));
    run();
  }
};

one_room::adjustment room_limit(std::uint64_t messages) {
  return [messages](options& o) { o.rate_limit_room_msgs_per_10s = messages; };
}

} // namespace

// -- entering -----------------------------------------------------------------

TEST_CASE_METHOD(one_room, "room: a member is in once the backplane agrees",
                 "[room]") {
  backplane->answers_later = true;
  auto first = enter(1);
  CHECK_FALSE(first->is_there());
  CHECK(asked == transcript{"seat lobby 1"});
  backplane->waiting.front().deliver(false);
  run();
  REQUIRE(first->value);
  CHECK(*first->value == room);
}

TEST_CASE(
  "room: beyond its capacity nobody is asked for, and they wait in line",
  "[room]") {
  one_room x{[](options& o) { o.room_capacity = 2; }};
  x.backplane->answers_later = true;
  auto first = x.enter(1);
  auto second = x.enter(2);
  auto third = x.enter(3);
  CHECK_FALSE(third->is_there());
  CHECK(x.asked == transcript{"seat lobby 1", "seat lobby 2"});
  for (auto& promise : x.backplane->waiting)
    promise.deliver(false);
  x.run();
  CHECK(first->value);
  CHECK(second->value);
  CHECK(third->reason() == ec::room_full);
  CHECK(x.enter(3)->reason() == ec::room_full);
  x.leave(1);
  x.backplane->answers_later = false;
  CHECK(x.enter(3)->value);
}

TEST_CASE("room: who is first in line is asked for when another gets no seat",
          "[room]") {
  one_room x{[](options& o) { o.room_capacity = 1; }};
  x.backplane->answers_later = true;
  x.enter(1);
  auto second = x.enter(2);
  auto third = x.enter(3);
  auto fourth = x.enter(4);
  x.leave(1);
  x.leave(3);
  CHECK(third->reason() == ec::internal);
  CHECK(x.asked == transcript{"seat lobby 1"});
  x.backplane->waiting.front().deliver(false);
  x.run();
  // The first one's seat goes back before another is asked for.
  CHECK(x.asked
        == transcript{"seat lobby 1", "vacate lobby 1", "seat lobby 2"});
  x.backplane->waiting.back().deliver(false);
  x.run();
  CHECK(second->value);
  CHECK(fourth->reason() == ec::room_full);
  CHECK(x.told.empty());
}

TEST_CASE("room: a refusal holds for those in line too", "[room]") {
  one_room x{[](options& o) { o.room_capacity = 1; }};
  x.backplane->answers_later = true;
  auto first = x.enter(1);
  auto second = x.enter(2);
  const auto reason = GENERATE(ec::room_full, ec::backplane_unavailable);
  x.backplane->waiting.front().deliver(error_of(reason));
  x.run();
  CHECK(first->reason() == reason);
  CHECK(second->reason() == reason);
  CHECK(x.asked == transcript{"seat lobby 1"});
  CHECK(x.told == transcript{"retire lobby 2"});
}

TEST_CASE("room: on a node of its own its count of its members decides",
          "[room]") {
  one_room x{[](options& o) {
    o.redis_url.reset();
    o.room_capacity = 2;
  }};
  const auto has_backplane = GENERATE(true, false);
  if (!has_backplane)
    x.kill(x.at().backplane);
  CHECK(x.enter(1)->value == x.room);
  CHECK(x.enter(2)->value == x.room);
  CHECK(x.enter(3)->reason() == ec::room_full);
  x.relay(x.room, 1, {"hello"});
  x.leave(1);
  CHECK(x.heard_by(2) == transcript{"hello", peer_left});
  CHECK(x.enter(3)->value == x.room);
  x.tell(x.room, reseat_atom_v);
  x.leave(2);
  CHECK(x.told == transcript{});
  x.leave(3);
  CHECK(x.told == transcript{"retire lobby 4"});
  CHECK(x.enter(4)->value == x.room);
  x.kill(x.room);
  CHECK(x.heard_by(4) == transcript{"end internal"});
  CHECK(x.asked == transcript{});
}

TEST_CASE("room: closing it ends those in line", "[room]") {
  one_room x{[](options& o) { o.room_capacity = 1; }};
  x.backplane->answers_later = true;
  x.enter(1);
  x.enter(2);
  CHECK(x.object_of<signalbox::room>(x.room).close().sessions == 2);
  x.run();
  CHECK(x.heard_by(2) == transcript{"end room_closed"});
}

TEST_CASE("room: without its backplane nobody waits in line", "[room]") {
  one_room x{[](options& o) { o.room_capacity = 1; }};
  x.backplane->answers_later = true;
  x.enter(1);
  auto second = x.enter(2);
  x.at().backplane = nullptr;
  x.backplane->waiting.front().deliver(error_of(ec::internal));
  x.run();
  CHECK(second->reason() == ec::backplane_unavailable);
}

TEST_CASE_METHOD(one_room, "room: who is refused by the backplane is not in",
                 "[room]") {
  backplane->refusal = GENERATE(ec::room_full, ec::backplane_unavailable);
  CHECK(enter(1)->reason() == backplane->refusal);
  CHECK(told == transcript{"retire lobby 1"});
  CHECK(asked == transcript{"seat lobby 1"}); // Nothing to give back.
}

TEST_CASE_METHOD(one_room, "room: without a backplane nobody gets in",
                 "[room]") {
  at().backplane = nullptr;
  CHECK(enter(1)->reason() == ec::backplane_unavailable);
  CHECK(at().figures.rooms.value() == 1);
}

TEST_CASE_METHOD(one_room,
                 "room: the seat of one who left while entering is given back "
                 "once",
                 "[room]") {
  enter(1);
  backplane->answers_later = true;
  auto second = enter(2);
  leave(2);
  CHECK(asked == transcript{"seat lobby 1", "seat lobby 2"});
  backplane->waiting.front().deliver(false);
  run();
  CHECK(asked == transcript{"seat lobby 1", "seat lobby 2", "vacate lobby 2"});
  CHECK(second->error);
  leave(2);
  CHECK(asked.size() == 3);
  // It was never seen by the other one.
  CHECK(heard_by(1).empty());
}

// -- talking ------------------------------------------------------------------

TEST_CASE_METHOD(one_room, "room: what one says all others hear, in order",
                 "[room]") {
  for (auto id : {1, 2, 3})
    enter(id);
  relay(room, 1, {"a", "b"});
  relay(room, 2, {"c"});
  CHECK(heard_by(1) == transcript{"c"});
  CHECK(heard_by(2) == transcript{"a", "b"});
  CHECK(heard_by(3) == transcript{"a", "b", "c"});
  CHECK(at().figures.fanout_latency.sum().count() > 0);
}

TEST_CASE_METHOD(one_room, "room: who is still entering hears nothing",
                 "[room]") {
  enter(1);
  backplane->answers_later = true;
  enter(2);
  relay(room, 1, {"a"});
  backplane->waiting.front().deliver(false);
  run();
  relay(room, 1, {"b"});
  CHECK(heard_by(2) == transcript{"b"});
}

TEST_CASE_METHOD(one_room, "room: without members elsewhere nothing is spread",
                 "[room]") {
  enter(1);
  relay(room, 1, {"a"});
  CHECK(asked == transcript{"seat lobby 1"});
}

TEST_CASE_METHOD(one_room, "room: with members elsewhere all is spread",
                 "[room]") {
  backplane->is_remote_possible = true;
  enter(1);
  relay(room, 1, {"a", "b"});
  CHECK(asked
        == transcript{"seat lobby 1", "spread lobby 1 a", "spread lobby 1 b"});
}

TEST_CASE("room: of a batch its limit admits the first ones", "[room]") {
  one_room x{room_limit(3)};
  x.backplane->is_remote_possible = true;
  x.enter(1);
  x.enter(2);
  const std::string long_text(300, 'x');
  x.relay(x.room, 1, {"a", long_text, "c", "d", "e"});
  CHECK(x.heard_by(2) == transcript{"a", long_text, "c"});
  CHECK(x.asked.back() == "spread lobby 1 c");
  CHECK(x.at().figures.rate_limit_drops.value() == 2);
  x.relay(x.room, 1, {"f", "g"});
  CHECK(x.heard_by(2).size() == 3);
  CHECK(x.at().figures.rate_limit_drops.value() == 4);
  x.advance(10s);
  x.relay(x.room, 1, {"h"});
  CHECK(x.heard_by(2).back() == "h");
}

TEST_CASE("room: its limit counts all members together, and no notices",
          "[room]") {
  one_room x{room_limit(2)};
  for (auto id : {1, 2, 3})
    x.enter(id);
  x.relay(x.room, 1, {"a"});
  x.relay(x.room, 2, {"b"});
  x.relay(x.room, 3, {"c"});
  CHECK(x.heard_by(1) == transcript{"b"});
  CHECK(x.at().figures.rate_limit_drops.value() == 1);
  x.leave(3);
  CHECK(x.heard_by(1) == transcript{"b", peer_left});
}

TEST_CASE("room: the sender is told what of its batch was dropped", "[room]") {
  one_room x{room_limit(3)};
  x.enter(1);
  x.enter(2);
  x.relay(x.room, 1, {"a", "b"});
  CHECK(x.heard_by(1) == transcript{});
  x.relay(x.room, 1, {"c", "d", "e"});
  x.relay(x.room, 1, {"f"});
  CHECK(x.heard_by(1) == transcript{"dropped 1 of 3", "dropped 0 of 1"});
  CHECK(x.heard_by(2) == transcript{"a", "b", "c"});
  // One who has left hears nothing.
  x.leave(1);
  x.relay(x.room, 1, {"g"});
  CHECK(x.heard_by(1).size() == 2);
}

// -- leaving ------------------------------------------------------------------

TEST_CASE_METHOD(one_room, "room: a leave is told to the others once",
                 "[room]") {
  for (auto id : {1, 2, 3})
    enter(id);
  asked.clear();
  leave(2);
  leave(2);
  CHECK(heard_by(1) == transcript{peer_left});
  CHECK(heard_by(2).empty());
  CHECK(heard_by(3) == transcript{peer_left});
  CHECK(asked == transcript{"vacate lobby 2"});
  CHECK(told.empty());
}

TEST_CASE_METHOD(one_room, "room: with its last member it asks to retire",
                 "[room]") {
  enter(1);
  enter(2);
  leave(1);
  CHECK(told.empty());
  leave(2);
  CHECK(told == transcript{"retire lobby 2"});
  // It may still be entered, until the directory ends it.
  CHECK(enter(3)->value);
  leave(3);
  CHECK(told == transcript{"retire lobby 2", "retire lobby 3"});
}

TEST_CASE_METHOD(one_room, "room: it counts itself while it lives", "[room]") {
  CHECK(at().figures.rooms.value() == 1);
  kill(room);
  CHECK(at().figures.rooms.value() == 0);
  CHECK(told.empty()); // Nobody was in it.
}

TEST_CASE_METHOD(one_room,
                 "room: when it fails its members are ended and their seats "
                 "given back",
                 "[room]") {
  enter(1);
  enter(2);
  asked.clear();
  kill(room);
  CHECK(heard_by(1) == transcript{"end internal"});
  CHECK(heard_by(2) == transcript{"end internal"});
  CHECK(asked == transcript{"vacate lobby 1", "vacate lobby 2"});
  CHECK(told == transcript{"failed lobby"});
  CHECK(at().figures.rooms.value() == 0);
}

TEST_CASE_METHOD(poor_room,
                 "room: when a handler throws its members are ended, too",
                 "[room]") {
  enter(1);
  enter(2);
  asked.clear();
  CHECK_FALSE(enter(3)->value);
  CHECK(heard_by(1) == transcript{"end internal"});
  CHECK(heard_by(2) == transcript{"end internal"});
  CHECK(asked == transcript{"vacate lobby 1", "vacate lobby 2"});
  CHECK(told == transcript{"failed lobby"});
}

// Else nobody would ever get into a room of this name again.
TEST_CASE_METHOD(poor_room,
                 "room: when a handler throws its directory is told also with "
                 "nobody here",
                 "[room]") {
  CHECK_FALSE(enter(3)->value);
  CHECK(told == transcript{"failed lobby"});
}

// -- members on other nodes ---------------------------------------------------

TEST_CASE_METHOD(one_room, "room: what others' members say reaches all members",
                 "[room]") {
  enter(1);
  enter(2);
  tell(room, deliver_atom_v, batch_of({"hello"}));
  CHECK(heard_by(1) == transcript{"hello"});
  CHECK(heard_by(2) == transcript{"hello"});
  CHECK(asked == transcript{"seat lobby 1", "seat lobby 2"});
}

TEST_CASE_METHOD(one_room,
                 "room: who is entering hears afterwards what others' members "
                 "said meanwhile",
                 "[room]") {
  backplane->answers_later = true;
  enter(1);
  tell(room, deliver_atom_v, batch_of({"first"}));
  tell(room, deliver_atom_v, batch_of({"second"}));
  CHECK(heard_by(1).empty());
  backplane->waiting.front().deliver(true);
  run();
  CHECK(heard_by(1) == transcript{"first", "second"});
}

TEST_CASE_METHOD(one_room, "room: it spreads as long as others may be there",
                 "[room]") {
  enter(1);
  relay(room, 1, {"alone"});
  tell(room, remote_atom_v, true);
  relay(room, 1, {"two"});
  tell(room, remote_atom_v, false);
  relay(room, 1, {"alone again"});
  CHECK(asked == transcript{"seat lobby 1", "spread lobby 1 two"});
}

TEST_CASE("room: others' messages count against its limit and are not dropped",
          "[room]") {
  one_room x{room_limit(2)};
  x.enter(1);
  x.enter(2);
  x.tell(x.room, deliver_atom_v, batch_of({"a", "b", "c"}));
  x.relay(x.room, 1, {"dropped"});
  CHECK(x.heard_by(2) == transcript{"a", "b", "c"});
  CHECK(x.at().figures.rate_limit_drops.value() == 1);
}

TEST_CASE_METHOD(one_room, "room: a member whose seat is lost is ended",
                 "[room]") {
  enter(1);
  enter(2);
  tell(room, end_atom_v, session_id{1}, ec::room_full);
  tell(room, end_atom_v, session_id{7}, ec::room_full);
  CHECK(heard_by(1) == transcript{"end room_full"});
  CHECK(heard_by(2).empty());
}

TEST_CASE_METHOD(one_room, "room: a new backplane is told the members",
                 "[room]") {
  enter(1);
  enter(2);
  tell(room, reseat_atom_v);
  CHECK(asked.back() == "adopt lobby 1 2");
  relay(room, 1, {"in doubt it is spread"});
  CHECK(asked.back() == "spread lobby 1 in doubt it is spread");
}

TEST_CASE_METHOD(one_room,
                 "room: one that empties between two backplanes tells the next",
                 "[room]") {
  enter(1);
  at().backplane = nullptr;
  leave(1);
  CHECK(told.empty());
  spawn<fake_backplane>(asked);
  run();
  tell(room, reseat_atom_v);
  CHECK(asked.back() == "adopt lobby");
  CHECK(told == transcript{"retire lobby 1"});
}
