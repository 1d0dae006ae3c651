#include "tests/support/supervisor_fixture.hpp"

#include <catch2/catch.hpp>

// What comes late, or goes early, in a drain.

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct one_node : supervisor_fixture {
  one_node() : supervisor_fixture(1) {
    // nop
  }
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
  add_open();
  drain();
  auto late = add_open();
  CHECK(of(late).closes == closed_with(1012, "Server draining"));
}

TEST_CASE_METHOD(one_node,
                 "supervisor: who comes after a drain is told at once",
                 "[supervisor]") {
  drain();
  auto late = add_open();
  CHECK(of(late).closes == closed_with(1012, "Server draining"));
}

TEST_CASE("supervisor: a failing directory ends those who are entering",
          "[supervisor]") {
  supervisor_fixture x{1, [](options& o) { o.redis_url.emplace(); }};
  x.object_of<fake_backplane>(x.at().backplane).answers_later = true;
  auto who = x.add_open();
  CHECK(x.at().figures.sessions_opened.value() == 0);
  x.kill(x.at().directory);
  CHECK(x.of(who).closes == closed_with(1011, "Internal error"));
}

TEST_CASE_METHOD(one_node,
                 "supervisor: a caretaker that fails in a drain has a "
                 "successor that goes on",
                 "[supervisor]") {
  auto who = add_open();
  auto another = add_open();
  auto answer = drain();
  advance(300ms);
  kill(at().caretaker);
  CHECK_FALSE(answer->is_there());
  advance(1s);
  CHECK(of(who).closes == closed_with(1012, "Server draining"));
  CHECK(of(another).closes == closed_with(1012, "Server draining"));
  CHECK(answer->value);
}

TEST_CASE_METHOD(one_node,
                 "supervisor: a caretaker's successor has what is left of the "
                 "time",
                 "[supervisor]") {
  auto who = add_open();
  auto answer = drain();
  advance(900ms);
  kill(at().caretaker);
  advance(350ms);
  CHECK(of(who).is_dropped);
  CHECK(answer->value);
}

// A sanitizer sees that nothing is left.
TEST_CASE_METHOD(one_node, "supervisor: it may end in the middle of a drain",
                 "[supervisor]") {
  add_open();
  auto answer = drain();
  end_actor(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
            caf::exit_reason::user_shutdown);
  CHECK_FALSE(answer->value);
}

TEST_CASE("supervisor: a drain waits for what the backplanes have to say",
          "[supervisor]") {
  supervisor_fixture x{1, [](options& o) { o.redis_url.emplace(); }};
  x.add_open();
  const auto done = x.drain();
  x.advance(2s);
  CHECK(done->value);
  REQUIRE(x.asked.size() >= 2);
  CHECK(x.asked.back() == "drain");
  CHECK(x.asked[x.asked.size() - 2].starts_with("vacate lobby "));
}
