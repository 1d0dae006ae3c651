#include "actors/supervisor.hpp"

#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

// What comes late, or goes early, in a drain.

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct one_node : deterministic_system {
  one_node() : deterministic_system([](options& o) { o.drain_timeout = 1s; }) {
    supervisor = spawn<signalbox::supervisor>(
      all_homes(), [this](caf::actor_system& x, home& where) {
        return spawn_at<fake_backplane>(x, where, asked);
      });
    run();
  }

  session_actor add() {
    session_start start;
    start.room = "lobby";
    auto result = spawn<fake_session>(std::move(start));
    run();
    of(result).opened();
    run();
    return result;
  }

  static fake_session& of(const session_actor& who) {
    return object_of<fake_session>(who);
  }

  auto drain() {
    auto result = ask<drained_atom>(supervisor, drain_atom_v);
    run();
    return result;
  }

  transcript& asked = new_transcript();
  supervisor_actor supervisor;
};

} // namespace

TEST_CASE_METHOD(one_node,
                 "supervisor: a drain asked for after one is over is answered",
                 "[supervisor]") {
  drain();
  auto second = drain();
  CHECK(second->value);
}

TEST_CASE_METHOD(one_node,
                 "supervisor: who comes during a drain is told at once",
                 "[supervisor]") {
  add();
  drain();
  auto late = add();
  CHECK(of(late).closes == closed_with(1012, "Server draining"));
}

TEST_CASE_METHOD(one_node,
                 "supervisor: who comes after a drain is told at once",
                 "[supervisor]") {
  drain();
  auto late = add();
  CHECK(of(late).closes == closed_with(1012, "Server draining"));
}

TEST_CASE_METHOD(one_node,
                 "supervisor: a failing directory ends those who are entering",
                 "[supervisor]") {
  object_of<fake_backplane>(at().backplane).answers_later = true;
  auto who = add();
  kill(at().directory);
  CHECK(of(who).closes == closed_with(1011, "Internal error"));
}

// A sanitizer sees that nothing is left.
TEST_CASE_METHOD(one_node, "supervisor: it may end in the middle of a drain",
                 "[supervisor]") {
  add();
  auto answer = drain();
  end_actor(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
            caf::exit_reason::user_shutdown);
  CHECK_FALSE(answer->value);
}
