#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

// Sessions that are not let in: what they hold of the node and of their address
// until their client has closed, and how long that may take.

using namespace signalbox;
using namespace signalbox::test;

TEST_CASE("session: who is not let in takes nobody's place while it closes",
          "[session]") {
  session_fixture x;
  x.node.connections_max = 1;
  session_start start;
  start.place = connection_place::try_take(x.node);
  auto who = x.add(std::move(start));
  x.of(who).end(ec::unauthorized);
  CHECK(x.node.connections == 0);
  CHECK(x.node.refused_connections == 1);
  CHECK(x.node.open_connections() == 1);
  x.of(who).drop();
  CHECK(x.node.open_connections() == 0);
}

TEST_CASE("session: with too many that close slowly, one more has no time to",
          "[session]") {
  session_fixture x;
  x.node.refused_connections = node_state::refused_connections_max;
  session_start start;
  start.place = connection_place::try_take(x.node);
  auto who = x.add(std::move(start));
  x.of(who).end(ec::unauthorized);
  CHECK_FALSE(x.of(who).closes.empty());
  CHECK(x.node.connections == 1);
  x.beat_for(500ms);
  CHECK(x.node.connections == 0);
}

TEST_CASE(
  "session: with too many that close slowly, one refused at the "
  "upgrade is closed at once",
  "[session]") {
  session_fixture x;
  x.node.refused_connections = node_state::refused_connections_max;
  session_start start;
  start.refusal = ec::invalid_room_id;
  auto who = x.add(std::move(start));
  x.of(who).opened();
  CHECK(x.of(who).closes == closed_with(1008, "Invalid roomId"));
  CHECK(x.of(who).is_dropped);
  CHECK(x.ended(ec::invalid_room_id) == 1);
  CHECK(x.node.refused_connections == node_state::refused_connections_max);
}

TEST_CASE("session: one that is closed before it has run is not listed again",
          "[session]") {
  session_fixture x;
  x.node.refused_connections = node_state::refused_connections_max;
  session_start start;
  start.room = "lobby";
  start.refusal = ec::invalid_room_id;
  auto who = x.spawn<fake_session>(std::move(start));
  x.of(who).opened();
  x.run();
  CHECK(session::first_of(x.at()) == nullptr);
}

TEST_CASE("session: one refused at the upgrade keeps its place while it closes",
          "[session]") {
  session_fixture x;
  session_start start;
  start.refusal = ec::invalid_room_id;
  start.place = connection_place::try_take_refused(x.node);
  x.node.refused_connections = node_state::refused_connections_max;
  auto who = x.add(std::move(start));
  x.of(who).opened();
  x.beat_for(4750ms);
  CHECK_FALSE(x.of(who).is_dropped);
  x.beat_for(500ms);
  CHECK(x.of(who).is_dropped);
  CHECK(x.node.refused_connections == node_state::refused_connections_max - 1);
}

TEST_CASE("session: who is not let in uses up no connection of its address",
          "[session]") {
  session_fixture x{[](options& o) {
    o.max_connections_per_ip = 1;
    o.rate_limit_conn_per_10s = 100;
  }};
  const ip_address client;
  const auto admit = [&] {
    return x.node.addresses.admit(client, x.at().now_seconds());
  };
  session_start start;
  start.lease = admit().lease;
  CHECK(admit().error == ec::address_limited);
  session_actor who;
  SECTION("for its token") {
    who = x.add(std::move(start));
    x.of(who).end(ec::unauthorized);
  }
  SECTION("for what its upgrade said") {
    start.refusal = ec::origin_not_allowed;
    who = x.add(std::move(start));
    x.of(who).opened();
  }
  CHECK_FALSE(x.of(who).closes.empty());
  CHECK_FALSE(x.of(who).is_dropped);
  CHECK(admit().error == ec::none);
}

TEST_CASE("session: who was let in counts for its address until it is gone",
          "[session]") {
  session_fixture x{[](options& o) {
    o.max_connections_per_ip = 1;
    o.rate_limit_conn_per_10s = 100;
  }};
  const ip_address client;
  const auto admit = [&] {
    return x.node.addresses.admit(client, x.at().now_seconds());
  };
  session_start start;
  start.lease = admit().lease;
  auto who = x.add_open(std::move(start));
  x.of(who).end(ec::kicked);
  CHECK(admit().error == ec::address_limited);
  x.of(who).drop();
  CHECK(admit().error == ec::none);
}
