#include "actors/room_directory.hpp"

#include "tests/support/room_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct one_directory : room_fixture {
  explicit one_directory(const adjustment& adjust = {}) : room_fixture(adjust) {
    directory = spawn<room_directory>();
    run();
  }

  seat ask_in(std::uint64_t id, const std::string& room = "lobby") {
    return ask<caf::strong_actor_ptr>(directory, enter_atom_v, room,
                                      session_id{id}, member(id));
  }

  room_actor enter(std::uint64_t id, const std::string& room = "lobby") {
    auto result = ask_in(id, room);
    run();
    if (!result->value)
      return {};
    return caf::actor_cast<room_actor>(*result->value);
  }

  void leave(const room_actor& room, std::uint64_t id) {
    tell(room, leave_room_atom_v, session_id{id});
  }

  std::uint64_t rooms() { return at().figures.rooms.value(); }

  room_directory_actor directory;
};

} // namespace

TEST_CASE_METHOD(one_directory, "room_directory: the home knows it while it is",
                 "[room_directory]") {
  CHECK(at().directory == directory);
  kill(directory);
  CHECK_FALSE(at().directory);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: a room is there for its first member",
                 "[room_directory]") {
  CHECK(rooms() == 0);
  auto lobby = enter(1);
  CHECK(rooms() == 1);
  CHECK(enter(2) == lobby);
  CHECK(enter(3, "attic") != lobby);
  CHECK(rooms() == 2);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: a room goes with its last member",
                 "[room_directory]") {
  auto lobby = enter(1);
  enter(2);
  leave(lobby, 1);
  CHECK(rooms() == 1);
  leave(lobby, 2);
  CHECK(rooms() == 0);
  auto next = enter(3);
  CHECK(next);
  CHECK(next != lobby);
  CHECK(rooms() == 1);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: a refused first member leaves no room behind",
                 "[room_directory]") {
  backplane->refusal = ec::backplane_unavailable;
  CHECK_FALSE(enter(1));
  CHECK(rooms() == 0);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: an enter on its way keeps an empty room",
                 "[room_directory]") {
  auto lobby = enter(1);
  // The first one's leave overtakes the second one's enter, which is passed on
  // before the room reports that it is empty.
  auto second = ask_in(2);
  step(); // It asks.
  caf::anon_send(lobby, leave_room_atom_v, session_id{1});
  REQUIRE(next_in_line(directory));
  step(); // Passed on.
  REQUIRE(next_in_line(lobby));
  step(); // The leave: empty.
  REQUIRE(next_in_line(directory));
  step(); // Not retired.
  run();
  REQUIRE(second->value);
  CHECK(*second->value == lobby);
  CHECK(rooms() == 1);
  leave(lobby, 2);
  CHECK(rooms() == 0);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: an enter behind the retirement gets a new "
                 "room",
                 "[room_directory]") {
  auto lobby = enter(1);
  caf::anon_send(lobby, leave_room_atom_v, session_id{1});
  step(); // It wishes to retire.
  REQUIRE(next_in_line(directory));
  step(); // Granted: the exit is on its way.
  auto second = ask_in(2);
  run();
  REQUIRE(second->value);
  CHECK(*second->value != lobby);
  CHECK(rooms() == 1);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: it passes on the leave of one still entering",
                 "[room_directory]") {
  enter(1);
  backplane->answers_later = true;
  ask_in(2);
  run();
  asked.clear();
  tell(directory, leave_room_atom_v, std::string{"lobby"}, session_id{2});
  tell(directory, leave_room_atom_v, std::string{"nowhere"}, session_id{2});
  backplane->waiting.front().deliver(false);
  run();
  CHECK(asked == transcript{"vacate lobby 2"});
  CHECK(rooms() == 1);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: a failed room is replaced for the next "
                 "member",
                 "[room_directory]") {
  auto lobby = enter(1);
  auto attic = enter(2, "attic");
  kill(lobby);
  CHECK(heard_by(1) == transcript{"end internal"});
  CHECK(heard_by(2).empty());
  CHECK(rooms() == 1);
  auto next = enter(3);
  CHECK(next);
  CHECK(next != lobby);
  // What the failed one said last does not touch its successor.
  tell(directory, failed_atom_v, std::string{"lobby"});
  tell(directory, retire_atom_v, std::string{"lobby"}, std::uint64_t{1});
  CHECK(enter(4) == next);
}

TEST_CASE_METHOD(one_directory, "room_directory: its rooms end with it",
                 "[room_directory]") {
  enter(1);
  enter(2, "attic");
  asked.clear();
  kill(directory);
  CHECK(heard_by(1) == transcript{"end internal"});
  CHECK(heard_by(2) == transcript{"end internal"});
  CHECK(rooms() == 0);
  CHECK(asked.size() == 2); // Both seats given back.
}

TEST_CASE_METHOD(
  one_directory,
  "room_directory: a seat granted to nobody goes back before the "
  "room ends",
  "[room_directory]") {
  backplane->answers_later = true;
  auto answer = ask_in(1);
  run();
  tell(directory, leave_room_atom_v, std::string{"lobby"}, session_id{1});
  CHECK(rooms() == 1);
  backplane->waiting.front().deliver(false);
  run();
  CHECK(asked == transcript{"seat lobby 1", "vacate lobby 1"});
  CHECK(answer->is_there());
  CHECK(rooms() == 0);
}

TEST_CASE_METHOD(one_directory,
                 "room_directory: a room that fails gives back all its seats",
                 "[room_directory]") {
  auto room = enter(1);
  backplane->answers_later = true;
  auto answer = ask_in(2);
  run();
  kill(room);
  backplane->waiting.front().deliver(false);
  run();
  CHECK(asked
        == transcript{"seat lobby 1", "seat lobby 2", "vacate lobby 1",
                      "vacate lobby 2"});
}
