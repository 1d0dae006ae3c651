#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- entering -----------------------------------------------------------------

TEST_CASE_METHOD(session_fixture,
                 "session: it enters its room once the upgrade was answered",
                 "[session]") {
  auto who = add();
  CHECK(told.empty());
  CHECK_FALSE(of(who).is_reading);
  of(who).opened();
  run();
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(of(who).is_reading);
  CHECK(at().figures.sessions.value() == 1);
  CHECK(at().figures.sessions_opened.value() == 1);
}

TEST_CASE_METHOD(session_fixture, "session: being opened twice is once",
                 "[session]") {
  auto who = add();
  of(who).opened();
  of(who).opened();
  run();
  of(who).opened();
  run();
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(at().figures.sessions.value() == 1);
}

TEST_CASE_METHOD(session_fixture,
                 "session: nothing is read before the room has answered",
                 "[session]") {
  directory->answers_later = true;
  auto who = add();
  of(who).opened();
  run();
  CHECK_FALSE(of(who).is_reading);
  CHECK(at().figures.sessions.value() == 0);
  directory->waiting.front().deliver(
    caf::actor_cast<caf::strong_actor_ptr>(directory->room));
  run();
  CHECK(of(who).is_reading);
  of(who).event({saying("first")});
  run();
  CHECK(told == transcript{"enter lobby 1", "relay 1 " + saying("first")});
}

TEST_CASE_METHOD(session_fixture,
                 "session: ids are never the same, on any shard", "[session]") {
  deterministic_system two{{}, 2};
  CHECK(two.at(0).next_session_id() == session_id{1});
  CHECK(two.at(0).next_session_id() == session_id{2});
  CHECK(two.at(1).next_session_id() == session_id{(1ull << 48) | 1});
}

TEST_CASE_METHOD(session_fixture,
                 "session: a refused one is closed and asks for no room",
                 "[session]") {
  session_start start;
  start.refusal = ec::origin_not_allowed;
  auto who = add(std::move(start));
  of(who).opened();
  run();
  CHECK(of(who).closes == closed_with(1008, "Origin not allowed"));
  CHECK(of(who).is_reading); // For the client's close frame.
  CHECK(told.empty());
  CHECK(ended(ec::origin_not_allowed) == 1);
  of(who).event({saying("heard by nobody")});
  run();
  CHECK(told.empty());
  CHECK(at().figures.messages_received.value() == 0);
}

TEST_CASE_METHOD(session_fixture, "session: a full room closes it",
                 "[session]") {
  directory->refusal = ec::room_full;
  auto who = add();
  of(who).opened();
  run();
  CHECK(of(who).closes == closed_with(1000, "Room is full"));
  CHECK(ended(ec::room_full) == 1);
  CHECK(at().figures.sessions_opened.value() == 0);
}

TEST_CASE_METHOD(session_fixture,
                 "session: a room that never answers closes it in the end",
                 "[session]") {
  directory->answers_later = true;
  auto who = add();
  of(who).opened();
  beat_for(2750ms);
  CHECK(of(who).closes.empty());
  beat_for(500ms);
  CHECK(of(who).closes == closed_with(1013, "Service unavailable"));
  CHECK(told == transcript{"enter lobby 1", "leave lobby 1"});
  CHECK(ended(ec::backplane_unavailable) == 1);
}

TEST_CASE_METHOD(session_fixture,
                 "session: without a directory it is closed as a fault",
                 "[session]") {
  at().directory = nullptr;
  auto who = add();
  of(who).opened();
  run();
  CHECK(of(who).closes == closed_with(1011, "Internal error"));
}

// -- from the client ----------------------------------------------------------

TEST_CASE_METHOD(session_fixture,
                 "session: the messages of one event go to the room together",
                 "[session]") {
  auto who = add_open();
  of(who).receive(saying("a"));
  of(who).receive(saying("b"));
  run();
  CHECK(told.empty());
  of(who).event_over();
  CHECK(coordinator.jobs.size() == 1);
  step();
  CHECK(told == transcript{"relay 1 " + saying("a"), "relay 1 " + saying("b")});
  CHECK(at().figures.messages_received.value() == 2);
}

TEST_CASE_METHOD(session_fixture,
                 "session: a large batch goes before the event is over",
                 "[session]") {
  auto who = add_open();
  const auto large = saying(std::string(60'000, 'x'));
  for (int i = 0; i < 4; ++i)
    of(who).receive(large);
  run();
  CHECK(told.empty());
  of(who).receive(large);
  run();
  CHECK(told.size() == 5);
  of(who).event_over();
  run();
  CHECK(told.size() == 5);
}

TEST_CASE_METHOD(session_fixture,
                 "session: an invalid message is answered, counted and not "
                 "passed on",
                 "[session]") {
  auto who = add_open();
  of(who).event({saying("a"), "nonsense", saying("b")});
  run();
  CHECK(of(who).written == std::vector{std::string{schema_error_text}});
  CHECK(at().figures.schema_rejections.value() == 1);
  CHECK(told == transcript{"relay 1 " + saying("a"), "relay 1 " + saying("b")});
  CHECK(of(who).closes.empty());
}

TEST_CASE("session: messages over its own limit are dropped and counted",
          "[session]") {
  session_fixture x{[](options& o) { o.rate_limit_messages_per_10s = 2; }};
  auto who = x.add_open();
  x.of(who).event({saying("a"), "nonsense", saying("b"), saying("c")});
  x.run();
  // An invalid one counts too.
  CHECK(x.told == transcript{"relay 1 " + saying("a")});
  CHECK(x.at().figures.rate_limit_drops.value() == 2);
  CHECK(x.at().figures.messages_received.value() == 4);
  x.beat_for(5s);
  x.of(who).event({saying("d"), saying("e")});
  x.run();
  CHECK(x.told.back() == "relay 1 " + saying("d"));
  CHECK(x.at().figures.rate_limit_drops.value() == 3);
}

TEST_CASE("session: messages over the address' limit are dropped and counted",
          "[session]") {
  session_fixture x{[](options& o) { o.rate_limit_ip_msgs_per_10s = 3; }};
  const ip_address client;
  session_start one, other;
  one.lease = x.node.addresses.admit(client, x.at().now_seconds()).lease;
  other.lease = x.node.addresses.admit(client, x.at().now_seconds()).lease;
  auto a = x.add_open(std::move(one));
  auto b = x.add_open(std::move(other));
  x.of(a).event({saying("a"), saying("b")});
  x.of(b).event({saying("c"), saying("d")});
  x.run();
  CHECK(x.told
        == transcript{"relay 1 " + saying("a"), "relay 1 " + saying("b"),
                      "relay 2 " + saying("c")});
  CHECK(x.at().figures.rate_limit_drops.value() == 1);
}
