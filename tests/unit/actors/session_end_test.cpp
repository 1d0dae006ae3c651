#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

// How sessions go away. Whatever the order of events: the room hears one leave,
// after all that was received, and the client at most one close frame.

using namespace signalbox;
using namespace signalbox::test;

TEST_CASE_METHOD(session_fixture,
                 "session: ended before the upgrade, it is closed and asks for "
                 "no room",
                 "[session]") {
  auto who = add();
  of(who).end(ec::kicked);
  of(who).opened();
  run();
  CHECK(of(who).closes == closed_with(1008, "Kicked"));
  CHECK(told.empty());
  CHECK(ended(ec::kicked) == 1);
}

TEST_CASE_METHOD(session_fixture,
                 "session: ended before it has asked, it does not ask",
                 "[session]") {
  auto who = add();
  of(who).opened(); // Its `enter` is not sent yet.
  of(who).end(ec::kicked);
  run();
  CHECK(of(who).closes == closed_with(1008, "Kicked"));
  CHECK(told.empty());
}

TEST_CASE_METHOD(session_fixture,
                 "session: ended while entering, its leave follows its enter",
                 "[session]") {
  directory->answers_later = true;
  auto who = add();
  of(who).opened();
  run();
  of(who).end(ec::kicked);
  run();
  CHECK(told == transcript{"enter lobby 1", "leave lobby 1"});
  directory->waiting.front().deliver(
    caf::actor_cast<caf::strong_actor_ptr>(directory->room));
  run();
  CHECK(of(who).closes == closed_with(1008, "Kicked"));
  CHECK(at().figures.sessions.value() == 0);
  CHECK(at().figures.sessions_opened.value() == 0);
  CHECK(told.size() == 2);
}

TEST_CASE_METHOD(session_fixture,
                 "session: ended while open, it is closed and leaves once",
                 "[session]") {
  auto who = add_open();
  of(who).end(ec::kicked);
  of(who).end(ec::room_closed);
  tell(who, end_atom_v, ec::draining);
  CHECK(of(who).closes == closed_with(1008, "Kicked"));
  CHECK(told == transcript{"leave 1"});
  CHECK(ended(ec::kicked) == 1);
  CHECK(ended(ec::room_closed) == 0);
  CHECK(at().figures.sessions.value() == 0);
}

TEST_CASE("session: a drain closes with the code that was configured",
          "[session]") {
  session_fixture x{[](options& o) { o.shutdown_close_code = 4999; }};
  auto who = x.add_open();
  x.tell(who, end_atom_v, ec::draining);
  CHECK(x.of(who).closes == closed_with(4999, "Server draining"));
  auto other = x.add_open();
  x.tell(other, end_atom_v, ec::internal);
  CHECK(x.of(other).closes == closed_with(1011, "Internal error"));
}

TEST_CASE_METHOD(session_fixture, "session: its dialect chooses the close code",
                 "[session]") {
  session_start start;
  start.talks = dialect::v1;
  auto who = add_open(std::move(start));
  of(who).end(ec::kicked);
  REQUIRE(of(who).closes.size() == 1);
  CHECK(of(who).closes.front().code == 4410);
}

TEST_CASE_METHOD(session_fixture,
                 "session: what was received is passed on before the leave",
                 "[session]") {
  auto who = add_open();
  of(who).receive(saying("last words"));
  SECTION("when it is ended") {
    of(who).end(ec::kicked);
  }
  SECTION("when its socket closes") {
    of(who).closed();
  }
  SECTION("when the client breaks the protocol") {
    of(who).broken();
  }
  SECTION("when it is killed") {
    kill(who);
  }
  of(who).event_over();
  run();
  CHECK(told == transcript{"relay 1 " + saying("last words"), "leave 1"});
}

TEST_CASE_METHOD(
  session_fixture,
  "session: in every order of ends it leaves once and is counted "
  "once",
  "[session]") {
  auto who = add_open();
  auto sum = [this] {
    std::uint64_t result = 0;
    for (auto& x : at().figures.sessions_ended)
      result += x.value();
    return result;
  };
  SECTION("end, then closed") {
    of(who).end(ec::kicked);
    run();
    of(who).closed();
    run();
    CHECK(of(who).closes.size() == 1);
  }
  SECTION("closed, then end") {
    of(who).closed();
    of(who).end(ec::kicked);
    run();
    CHECK(of(who).closes.empty());
  }
  SECTION("broken, then end, then closed") {
    of(who).broken();
    of(who).end(ec::kicked);
    run();
    of(who).closed();
    CHECK(of(who).closes.empty());
  }
  SECTION("closed twice") {
    of(who).closed();
    run();
    of(who).closed();
    CHECK(of(who).closes.empty());
  }
  SECTION("killed, then end, then closed") {
    kill(who);
    of(who).end(ec::kicked);
    of(who).closed();
    CHECK(of(who).closes == closed_with(1011, "Internal error"));
  }
  SECTION("end, then killed, then closed") {
    of(who).end(ec::kicked);
    kill(who);
    of(who).closed();
    CHECK(of(who).closes == closed_with(1008, "Kicked"));
  }
  SECTION("closed, then killed") {
    of(who).closed();
    kill(who);
    CHECK(of(who).closes.empty());
  }
  run();
  CHECK(told == transcript{"leave 1"});
  CHECK(sum() == 1);
  CHECK(at().figures.sessions.value() == 0);
  CHECK_FALSE(is_listed(who));
}

TEST_CASE_METHOD(session_fixture,
                 "session: one that is killed while entering leaves too",
                 "[session]") {
  directory->answers_later = true;
  auto who = add();
  of(who).opened();
  run();
  kill(who);
  CHECK(of(who).closes == closed_with(1011, "Internal error"));
  CHECK(told == transcript{"enter lobby 1", "leave lobby 1"});
}

TEST_CASE_METHOD(session_fixture,
                 "session: an exception ends it alone, told and counted",
                 "[session]") {
  auto who = add_open();
  auto other = add_open();
  of(who).throws_on_write = true;
  auto batch = batch_of({saying("a")});
  tell(who, deliver_atom_v, batch);
  tell(other, deliver_atom_v, batch);
  CHECK(of(who).closes == closed_with(1011, "Internal error"));
  CHECK(told == transcript{"leave 1"});
  CHECK(failures == transcript{"failed session"});
  CHECK(ended(ec::internal) == 1);
  CHECK(of(other).written == std::vector{saying("a")});
  // The socket is still to be closed.
  CHECK(is_listed(who));
  beat_for(5250ms);
  CHECK(of(who).is_dropped);
  CHECK_FALSE(is_listed(who));
}

TEST_CASE_METHOD(session_fixture,
                 "session: a client that ignores the close frame is dropped "
                 "after a grace",
                 "[session]") {
  auto who = add_open();
  of(who).end(ec::kicked);
  beat_for(4750ms);
  CHECK_FALSE(of(who).is_dropped);
  beat_for(500ms);
  CHECK(of(who).is_dropped);
  CHECK(at().figures.heartbeat_drops.value() == 0);
  CHECK(of(who).writes_after_close == 0);
}

TEST_CASE_METHOD(session_fixture,
                 "session: a client that broke the protocol is dropped after "
                 "a grace",
                 "[session]") {
  auto who = add_open();
  of(who).broken();
  run();
  CHECK(told == transcript{"leave 1"});
  CHECK(ended(ec::none) == 1);
  beat_for(5250ms);
  CHECK(of(who).is_dropped);
}

TEST_CASE_METHOD(session_fixture, "session: closing forgets the heartbeat",
                 "[session]") {
  auto who = add_open();
  of(who).closed();
  run();
  CHECK_FALSE(of(who).is_armed());
  beat_for(60s);
  CHECK(of(who).written.empty());
}

TEST_CASE_METHOD(session_fixture,
                 "session: the home's list holds those whose socket is open",
                 "[session]") {
  auto a = add_open();
  auto b = add();
  auto c = add_open();
  of(b).closed();
  CHECK(is_listed(a));
  CHECK_FALSE(is_listed(b));
  CHECK(is_listed(c));
  of(a).end(ec::kicked);
  CHECK(is_listed(a));
  of(a).closed();
  of(c).closed();
  CHECK(session::first_of(at()) == nullptr);
}

TEST_CASE("session: its places are free before anybody hears that it is gone",
          "[session]") {
  session_fixture x{[](options& o) {
    o.max_connections_per_ip = 1;
    o.rate_limit_conn_per_10s = 100;
  }};
  x.node.connections_max = 1;
  const ip_address client;
  session_start start;
  start.lease = x.node.addresses.admit(client, x.at().now_seconds()).lease;
  start.place = connection_place::try_take(x.node);
  auto who = x.add_open(std::move(start));
  CHECK_FALSE(connection_place::try_take(x.node));
  x.of(who).drop();
  CHECK(x.told.empty());
  CHECK(x.node.addresses.admit(client, x.at().now_seconds()).error == ec::none);
  CHECK(connection_place::try_take(x.node));
}
