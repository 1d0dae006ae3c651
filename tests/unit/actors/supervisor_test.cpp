#include "tests/support/supervisor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// At a beat of 125 ms.
struct two_shards : supervisor_fixture {
  explicit two_shards(const adjustment& adjust = {})
    : supervisor_fixture(2, [&](options& o) {
        o.heartbeat_interval = 10s;
        if (adjust)
          adjust(o);
      }) {
    // nop
  }

  void report(backplane_event event) { tell(supervisor, health_atom_v, event); }

  std::uint64_t failures(actor_kind kind) {
    return at().figures.actor_failures[static_cast<std::size_t>(kind)].value();
  }
};

} // namespace

TEST_CASE("supervisor: its beat suits the shortest of its timeouts",
          "[supervisor]") {
  options settings;
  CHECK(beat_interval(settings) == 250ms);
  settings.drain_timeout = 400ms;
  CHECK(beat_interval(settings) == 50ms);
  settings.handshake_timeout = 80ms;
  CHECK(beat_interval(settings) == 10ms);
  settings.heartbeat_interval = 1ms;
  CHECK(beat_interval(settings) == 1ms);
}

TEST_CASE_METHOD(two_shards, "supervisor: it starts what each shard needs",
                 "[supervisor]") {
  for (auto* x : all_homes()) {
    CHECK(x->caretaker);
    CHECK(x->directory);
    CHECK(x->backplane);
    CHECK(x->supervisor == supervisor);
  }
  CHECK(backplanes_made == 2);
  CHECK(at(0).caretaker != at(1).caretaker);
}

TEST_CASE_METHOD(two_shards, "supervisor: its beat reaches every shard",
                 "[supervisor]") {
  auto here = add_open(0);
  auto there = add_open(1);
  advance(9999ms);
  CHECK(of(here).written.empty());
  CHECK(of(there).written.empty());
  advance(251ms);
  CHECK(of(here).written == std::vector<std::string>{"ping"});
  CHECK(of(there).written == std::vector<std::string>{"ping"});
  // And goes on.
  of(here).pong_received();
  advance(10'250ms);
  CHECK(of(here).count_written("ping") == 2);
  CHECK(of(there).is_dropped);
}

TEST_CASE_METHOD(two_shards, "supervisor: a failed subsystem is started again",
                 "[supervisor]") {
  auto directory = at(1).directory;
  auto caretaker = at(1).caretaker;
  auto backplane = at(1).backplane;
  SECTION("the directory") {
    kill(directory);
    CHECK(at(1).directory != directory);
  }
  SECTION("the caretaker") {
    kill(caretaker);
    CHECK(at(1).caretaker != caretaker);
  }
  SECTION("the backplane") {
    kill(backplane);
    CHECK(at(1).backplane != backplane);
    CHECK(backplanes_made == 3);
  }
  CHECK(at(1).directory);
  CHECK(at(1).caretaker);
  CHECK(at(1).backplane);
  auto who = add_open(1);
  CHECK(of(who).is_reading);
  advance(10'250ms);
  CHECK(of(who).written == std::vector<std::string>{"ping"});
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: with a directory its sessions end, and others "
                 "enter after",
                 "[supervisor]") {
  auto here = add_open(0);
  auto there = add_open(1);
  kill(at(1).directory);
  CHECK(of(here).closes.empty());
  CHECK(of(there).closes == closed_with(1011, "Internal error"));
  CHECK(at(1).figures.rooms.value() == 0);
  add_open(1);
  CHECK(at(1).figures.sessions.value() == 1);
  CHECK(at(1).figures.rooms.value() == 1);
}

TEST_CASE_METHOD(two_shards, "supervisor: a failing actor is counted by kind",
                 "[supervisor]") {
  auto who = add_open(1);
  of(who).throws_on_write = true;
  tell(who, deliver_atom_v, batch_of({saying("a")}));
  CHECK(failures(actor_kind::session) == 1);
  CHECK(failures(actor_kind::room) == 0);
  CHECK(of(who).closes == closed_with(1011, "Internal error"));
}

// -- circuit breaker ----------------------------------------------------------

TEST_CASE("supervisor: failures in a row open the circuit", "[supervisor]") {
  two_shards x{[](options& o) { o.cb_error_threshold = 3; }};
  CHECK(x.node.is_ready());
  x.report(backplane_event::failure);
  x.report(backplane_event::failure);
  x.report(backplane_event::success);
  x.report(backplane_event::failure);
  x.report(backplane_event::failure);
  CHECK_FALSE(x.node.is_circuit_open);
  x.report(backplane_event::failure);
  CHECK(x.node.is_circuit_open);
  CHECK_FALSE(x.node.is_ready());
}

// -- drain --------------------------------------------------------------------

TEST_CASE_METHOD(two_shards,
                 "supervisor: a drain closes every shard's sessions",
                 "[supervisor]") {
  auto here = add_open(0);
  auto there = add_open(1);
  auto answer = drain();
  CHECK(node.is_draining);
  CHECK_FALSE(node.is_ready());
  CHECK(of(here).closes == closed_with(1012, "Server draining"));
  CHECK(of(there).closes == closed_with(1012, "Server draining"));
  of(here).closed();
  advance(250ms);
  CHECK_FALSE(answer->is_there());
  of(there).closed();
  advance(250ms);
  CHECK(answer->value);
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: a drain is over when its time is, at the latest",
                 "[supervisor]") {
  auto who = add_open(1);
  auto answer = drain();
  advance(999ms);
  CHECK_FALSE(answer->is_there());
  advance(126ms);
  CHECK(of(who).is_dropped);
  CHECK(answer->value);
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: two requests are one drain, answered together",
                 "[supervisor]") {
  auto who = add_open(0);
  auto first = drain();
  advance(500ms);
  auto second = drain();
  CHECK_FALSE(first->is_there());
  CHECK_FALSE(second->is_there());
  of(who).closed();
  advance(125ms);
  CHECK(first->value);
  CHECK(second->value);
  CHECK(of(who).closes.size() == 1);
}

TEST_CASE_METHOD(two_shards, "supervisor: what it started ends with it",
                 "[supervisor]") {
  add_open(1);
  tell(supervisor, beat_atom_v);
  end_actor(caf::actor_cast<caf::strong_actor_ptr>(supervisor),
            caf::exit_reason::user_shutdown);
  for (auto* x : all_homes()) {
    CHECK_FALSE(x->directory);
    CHECK_FALSE(x->caretaker);
    CHECK_FALSE(x->backplane);
    CHECK(x->figures.rooms.value() == 0);
  }
  CHECK(backplanes_made == 2);
}

// -- backplane ----------------------------------------------------------------

TEST_CASE("supervisor: ready only while every shard's backplane is",
          "[supervisor]") {
  two_shards x{[](options& o) { o.redis_url.emplace(); }};
  CHECK_FALSE(x.node.is_ready());
  x.tell(x.supervisor, health_atom_v, std::uint32_t{0}, true);
  CHECK_FALSE(x.node.is_ready());
  x.tell(x.supervisor, health_atom_v, std::uint32_t{1}, true);
  CHECK(x.node.is_ready());
  x.tell(x.supervisor, health_atom_v, std::uint32_t{0}, false);
  CHECK_FALSE(x.node.is_ready());
}

TEST_CASE(
  "supervisor: a backplane that ended is not up, and rooms hear of the "
  "next",
  "[supervisor]") {
  two_shards x{[](options& o) { o.redis_url.emplace(); }};
  x.tell(x.supervisor, health_atom_v, std::uint32_t{0}, true);
  x.tell(x.supervisor, health_atom_v, std::uint32_t{1}, true);
  x.add_open(1);
  x.asked.clear();
  x.kill(x.at(1).backplane);
  CHECK_FALSE(x.node.is_ready());
  CHECK(x.at(1).backplane);
  REQUIRE(x.asked.size() == 1);
  CHECK(x.asked.front().starts_with("adopt lobby "));
}

TEST_CASE("supervisor: when the backplane is back, a probe closes the circuit",
          "[supervisor]") {
  two_shards x{[](options& o) { o.cb_error_threshold = 1; }};
  x.report(backplane_event::failure);
  CHECK(x.node.is_circuit_open);
  x.asked.clear();
  x.report(backplane_event::returned);
  CHECK(x.asked == transcript{"probe", "probe"});
  CHECK(x.node.is_circuit_open);
  x.report(backplane_event::success);
  CHECK_FALSE(x.node.is_circuit_open);
}

// -- the key keeper -----------------------------------------------------------

TEST_CASE_METHOD(two_shards, "supervisor: all shards share one key keeper",
                 "[supervisor]") {
  REQUIRE(at(0).key_keeper);
  CHECK(at(0).key_keeper == at(1).key_keeper);
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: a failed key keeper has one successor everywhere",
                 "[supervisor]") {
  const auto first = at(0).key_keeper;
  kill(first);
  REQUIRE(at(0).key_keeper);
  CHECK(at(0).key_keeper != first);
  CHECK(at(0).key_keeper == at(1).key_keeper);
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: a caretaker's successor knows the key keeper",
                 "[supervisor]") {
  const auto keeper = at(1).key_keeper;
  at(1).key_keeper = nullptr;
  kill(at(1).caretaker);
  CHECK(at(1).key_keeper == keeper);
}

// -- an admin's drain ---------------------------------------------------------

namespace {

drain_outcome ask_to(two_shards& of, drain_action action) {
  auto result = of.ask<drain_outcome>(of.supervisor, drain_atom_v, action,
                                      std::string{"192.0.2.1"});
  of.run();
  return result->value.value();
}

} // namespace

TEST_CASE_METHOD(two_shards, "supervisor: an admin's drain can be taken back",
                 "[supervisor]") {
  std::vector<session_actor> there;
  for (int i = 0; i < 4; ++i)
    there.push_back(add_open(1));
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::started);
  CHECK(node.is_draining);
  advance(500ms);
  CHECK(ask_to(*this, drain_action::cancel) == drain_outcome::cancelled);
  CHECK_FALSE(node.is_draining);
  advance(5s);
  CHECK(of(there.front()).closes == closed_with(1012, "Server draining"));
  CHECK(of(there.back()).closes.empty());
  CHECK(ask_to(*this, drain_action::cancel) == drain_outcome::none);
}

TEST_CASE_METHOD(two_shards, "supervisor: a second drain closes who is left",
                 "[supervisor]") {
  auto here = add_open(0);
  auto there = add_open(1);
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::started);
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::was_under_way);
  CHECK(ask_to(*this, drain_action::cancel) == drain_outcome::cancelled);
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::started);
  advance(1s);
  CHECK(of(here).closes == closed_with(1012, "Server draining"));
  CHECK(of(there).closes == closed_with(1012, "Server draining"));
  of(here).drop();
  of(there).drop();
  run();
  CHECK(drain()->value);
}

TEST_CASE_METHOD(two_shards, "supervisor: a signal's drain is not cancelled",
                 "[supervisor]") {
  add_open(0);
  auto ended = drain();
  CHECK(ask_to(*this, drain_action::cancel) == drain_outcome::is_final);
  CHECK(node.is_draining);
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::was_under_way);
}

TEST_CASE_METHOD(two_shards,
                 "supervisor: a signal makes an admin's drain its own",
                 "[supervisor]") {
  auto here = add_open(0);
  CHECK(ask_to(*this, drain_action::start) == drain_outcome::started);
  auto ended = drain();
  CHECK(ask_to(*this, drain_action::cancel) == drain_outcome::is_final);
  of(here).end(ec::kicked);
  of(here).drop();
  advance(250ms);
  CHECK(ended->value);
}
