#include "tests/support/seat_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- joining ------------------------------------------------------------------

TEST_CASE_METHOD(connected,
                 "redis_backplane: a room is heard before its first join runs",
                 "[redis_backplane]") {
  const auto result = seat(1);
  CHECK(subscriber().commands() == transcript{"SUBSCRIBE room:lobby"});
  CHECK(commands().commands().empty());
  confirm("room:lobby");
  CHECK(commands().commands()
        == transcript{"EVALSHA join 1 room:lobby " + member(1)
                      + " 10 3600 1 PUBLISH"});
  CHECK_FALSE(result->is_there());
  reply(joined({member(1)}));
  REQUIRE(result->value);
  CHECK_FALSE(*result->value);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: with a stranger in the room others may be "
                 "there",
                 "[redis_backplane]") {
  const auto result = seat(1);
  confirm("room:lobby");
  reply(joined({"2c2f4c2e-8ae4-4f7f-a1bb-8a3f1b1d3a10", member(1)}));
  REQUIRE(result->value);
  CHECK(*result->value);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: the next joiner needs no subscription and "
                 "no list",
                 "[redis_backplane]") {
  const auto result = seat(2);
  CHECK(subscriber().commands().empty());
  CHECK(commands().commands()
        == transcript{"EVALSHA join 1 room:lobby " + member(2)
                      + " 10 3600 0 PUBLISH"});
  reply(array({integer(1), integer(2)}));
  REQUIRE(result->value);
  CHECK_FALSE(*result->value);
}

TEST_CASE_METHOD(connected, "redis_backplane: a full room is full",
                 "[redis_backplane]") {
  const auto result = seat(1);
  confirm("room:lobby");
  reply(array({integer(0), integer(1), bulk("somebody")}));
  CHECK(result->reason() == ec::room_full);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: seats of dead nodes do not fill a room",
                 "[redis_backplane]") {
  // Its own lease has held for long enough to judge others by theirs.
  settle_for(6s);
  const auto result = seat(1);
  confirm("room:lobby");
  commands().commands();
  reply(array({integer(0), integer(1), bulk(stranger)}));
  CHECK(commands().commands()
        == transcript{"EVALSHA lease 1 signalbox:nodes sb:testtesttest:0 5000 "
                      "600000 sb:abcdefghijkl:0"});
  reply(array({integer(1), array({bulk("sb:abcdefghijkl:0")})}));
  CHECK(commands().commands()
        == transcript{"EVALSHA join 1 room:lobby " + member(1)
                      + " 10 3600 1 PUBLISH " + stranger});
  reply(joined({member(1)}));
  CHECK(result->value);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: a join that finds our lease gone judges "
                 "nobody, and seats are taken again",
                 "[redis_backplane]") {
  settle_for(6s);
  const auto result = seat(2);
  commands().commands();
  reply(array({integer(0), integer(1), bulk(stranger)}));
  CHECK(commands().commands()
        == transcript{"EVALSHA lease 1 signalbox:nodes sb:testtesttest:0 5000 "
                      "600000 sb:abcdefghijkl:0"});
  // Redis lost its data: everybody is without a lease.
  reply(array({integer(0), array({bulk("sb:abcdefghijkl:0")})}));
  CHECK(result->reason() == ec::room_full);
  advance(50ms);
  const auto asked = commands().commands();
  CHECK(std::count(asked.begin(), asked.end(),
                   "EVALSHA reconcile 1 room:lobby sb:testtesttest:0 10 3600 "
                   "PUBLISH "
                     + member(1))
        == 1);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: a join after Redis was away judges nobody",
                 "[redis_backplane]") {
  settle_for(6s);
  const auto result = seat(1);
  confirm("room:lobby");
  commands().commands();
  reply(array({integer(0), integer(1), bulk(stranger)}));
  // No renewal was answered since, which the next answer tells.
  now += 3s;
  reply(array({integer(1), array({bulk("sb:abcdefghijkl:0")})}));
  CHECK(result->reason() == ec::room_full);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: without a confirmation for 1 s there is no "
                 "seat",
                 "[redis_backplane]") {
  const auto result = seat(1);
  advance(950ms);
  CHECK_FALSE(result->is_there());
  advance(100ms);
  CHECK(result->reason() == ec::backplane_unavailable);
}

TEST_CASE_METHOD(redis_fixture,
                 "redis_backplane: an open circuit refuses at once",
                 "[redis_backplane]") {
  node.is_circuit_open = true;
  CHECK(seat(1)->reason() == ec::backplane_unavailable);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: a join without an answer is refused and "
                 "compensated",
                 "[redis_backplane]") {
  const auto result = seat(1);
  confirm("room:lobby");
  commands().commands();
  advance(1100ms);
  CHECK(result->reason() == ec::backplane_unavailable);
  // The late answer lets the compensation go out.
  reply(joined({member(1)}));
  const auto asked = commands().commands();
  CHECK(std::count(asked.begin(), asked.end(),
                   "EVALSHA compensate 1 room:lobby 60 " + member(1))
        == 1);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: many lost joins are compensated once each, "
                 "many at once",
                 "[redis_backplane]") {
  constexpr std::uint64_t joins = 100;
  std::vector<std::shared_ptr<answer<bool>>> results;
  for (std::uint64_t id = 1; id <= joins; ++id)
    results.push_back(seat(id));
  confirm("room:lobby");
  commands().commands();
  advance(1100ms);
  for (const auto& x : results)
    CHECK(x->reason() == ec::backplane_unavailable);
  // Redis thaws.
  std::string late;
  for (std::uint64_t id = 1; id <= joins; ++id)
    late += array({integer(1), integer(1)});
  reply(late);
  transcript compensations;
  serve(compensations, array({integer(1), integer(0)}));
  CHECK(compensations
        == transcript{compensation_of(1, 1), compensation_of(2, 65),
                      compensation_of(66, joins)});
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: a compensation that fails is tried again, "
                 "after a pause",
                 "[redis_backplane]") {
  seat(1);
  seat(2);
  confirm("room:lobby");
  commands().commands();
  advance(1100ms);
  reply(array({integer(1), integer(1)}) + array({integer(1), integer(2)}));
  transcript compensations;
  serve(compensations, "-OOM no memory\r\n", 1);
  CHECK(compensations == transcript{compensation_of(1, 1)});
  advance(200ms);
  serve(compensations, "-OOM no memory\r\n", 1);
  CHECK(compensations.size() == 1);
  advance(100ms);
  serve(compensations, array({integer(2), integer(0)}));
  CHECK(
    compensations
    == transcript{compensation_of(1, 1), "EVALSHA compensate 1 room:lobby 60 "
                                           + member(2) + " " + member(1)});
}

TEST_CASE("redis_backplane: the longest TTL is as good as another",
          "[redis_backplane]") {
  connected x{
    [](options& o) { o.room_ttl = std::chrono::seconds{1'000'000'000'000}; }};
  const auto result = x.seat(1);
  x.confirm("room:lobby");
  x.commands().commands();
  x.reply(joined({x.member(1)}));
  CHECK(result->value);
  x.advance(300ms);
  CHECK_FALSE(x.commands().commands().empty());
}

// -- leaving ------------------------------------------------------------------

TEST_CASE_METHOD(seated, "redis_backplane: the last member's leave says so",
                 "[redis_backplane]") {
  tell(backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  CHECK(
    commands().commands()
    == transcript{"EVALSHA leave 1 room:lobby " + member(1) + " PUBLISH 1"});
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: one that leaves while joining goes as soon "
                 "as it is in",
                 "[redis_backplane]") {
  const auto result = seat(1);
  confirm("room:lobby");
  tell(backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  commands().commands();
  reply(joined({member(1)}));
  CHECK(result->value);
  CHECK(
    commands().commands()
    == transcript{"EVALSHA leave 1 room:lobby " + member(1) + " PUBLISH 1"});
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: a subscription lingers for two seconds",
                 "[redis_backplane]") {
  subscriber().commands();
  tell(backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  reply(array({integer(1), integer(0)}));
  advance(1900ms);
  settle();
  CHECK(subscriber().commands().empty());
  advance(200ms);
  CHECK(subscriber().commands() == transcript{"UNSUBSCRIBE room:lobby"});
}

// -- talking ------------------------------------------------------------------

TEST_CASE_METHOD(seated,
                 "redis_backplane: what is said to nobody elsewhere is not "
                 "missed in an outage",
                 "[redis_backplane]") {
  const auto speak = [this] {
    tell(backplane, spread_atom_v, std::string{"lobby"}, session_id{1},
         batch_of({"{}", "{}"}));
  };
  // Frozen: connected, but nothing comes back.
  advance(1s);
  speak();
  advance(1500ms);
  commands().lose();
  run();
  speak();
  CHECK(at().figures.redis_drops.value() == 0);
}

TEST_CASE("redis_backplane: what is said to others is missed in an outage",
          "[redis_backplane]") {
  seated x{{stranger}};
  const auto speak = [&x] {
    x.tell(x.backplane, spread_atom_v, std::string{"lobby"}, session_id{1},
           batch_of({"{}", "{}"}));
  };
  x.advance(1s);
  speak();
  // Given up with the connection, at the latest.
  x.advance(4s);
  CHECK(x.at().figures.redis_drops.value() == 2);
  speak();
  CHECK(x.at().figures.redis_drops.value() == 4);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: each message is published in an envelope",
                 "[redis_backplane]") {
  tell(backplane, spread_atom_v, std::string{"lobby"}, session_id{1},
       batch_of({R"({"a":1})", R"({"b":2})"}));
  const auto in_envelope = [](const std::string& data) {
    return R"(PUBLISH room:lobby {"senderId":")" + member(1) + R"(","data":)"
           + data + R"(,"originServerId":"testtesttest"})";
  };
  CHECK(commands().commands()
        == transcript{in_envelope(R"({"a":1})"), in_envelope(R"({"b":2})")});
}

TEST_CASE_METHOD(seated, "redis_backplane: what others say reaches the room",
                 "[redis_backplane]") {
  hear("room:lobby",
       R"({ "originServerId":"other", "data": {"a" : 1}, "senderId":"x"})");
  CHECK(told == transcript{R"(deliver  {"a" : 1})"});
}

TEST_CASE_METHOD(seated, "redis_backplane: its own messages are not heard",
                 "[redis_backplane]") {
  hear("room:lobby",
       R"({"senderId":"x","data":{},"originServerId":"testtesttest"})");
  CHECK(told.empty());
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: what is no envelope is ignored, and counted",
                 "[redis_backplane]") {
  hear("room:lobby", "[");
  hear("room:elsewhere", "{}");
  CHECK(told.empty());
  CHECK(at().figures.redis_unheard.value() == 1);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: what is too large is not passed on, and "
                 "counted",
                 "[redis_backplane]") {
  const auto say = [this](std::size_t bytes) {
    const std::string_view around = R"({"a":""})";
    hear("room:lobby",
         R"({"originServerId":"other","senderId":"x","data":{"a":")"
           + std::string(bytes - around.size(), 'x') + R"("}})");
  };
  say(settings.message_max_bytes + 1);
  CHECK(told.empty());
  CHECK(at().figures.redis_unheard.value() == 1);
  say(settings.message_max_bytes);
  CHECK(told.size() == 1);
  CHECK(at().figures.redis_unheard.value() == 1);
}

// -- who else is there --------------------------------------------------------

TEST_CASE_METHOD(
  seated,
  "redis_backplane: a change by others means doubt until the set "
  "is read",
  "[redis_backplane]") {
  commands().commands();
  invalidate("room:lobby");
  CHECK(told == transcript{"remote"});
  CHECK(commands().commands() == transcript{"SMEMBERS room:lobby"});
  reply(members({member(1)}));
  CHECK(told == transcript{"remote", "alone"});
}

TEST_CASE_METHOD(
  seated,
  "redis_backplane: a set that changed while it was read is read "
  "again",
  "[redis_backplane]") {
  commands().commands();
  invalidate("room:lobby");
  invalidate("room:lobby");
  reply(members({member(1)}));
  CHECK(told == transcript{"remote"});
  advance(100ms);
  const auto asked = commands().commands();
  CHECK(std::count(asked.begin(), asked.end(), "SMEMBERS room:lobby") == 2);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: a reference node's new member has the set "
                 "kept for good, once",
                 "[redis_backplane]") {
  const auto keep =
    "EVALSHA reconcile 1 room:lobby sb:testtesttest:0 10 3600 "
    "PUBLISH "
    + member(1);
  const std::string theirs = "2c2f4c2e-8ae4-4f7f-a1bb-8a3f1b1d3a10";
  std::size_t comparisons = 0;
  const auto read = [&] {
    for (int i = 0; i < 10; ++i) {
      for (const auto& x : commands().commands())
        if (x == "SMEMBERS room:lobby") {
          reply(members({theirs, member(1)}));
        } else if (x == keep) {
          ++comparisons;
          reply(array({members({theirs, member(1)}), array({})}));
        } else {
          answer_housekeeping(x);
        }
      advance(50ms);
    }
  };
  commands().commands();
  invalidate("room:lobby");
  read();
  CHECK(comparisons == 1);
  invalidate("room:lobby");
  read();
  CHECK(comparisons == 1);
}

TEST_CASE_METHOD(redis_fixture,
                 "redis_backplane: where Redis does not track, others may "
                 "always be there",
                 "[redis_backplane]") {
  for (const auto& x : wires.open_lines())
    greet(*x);
  for (const auto& x : commands().commands())
    if (x.starts_with("CLIENT TRACKING"))
      reply("-ERR unknown subcommand\r\n");
    else
      answer_housekeeping(x);
  const auto result = seat(1);
  confirm("room:lobby");
  commands().commands();
  reply(joined({member(1)}));
  REQUIRE(result->value);
  CHECK(*result->value);
}

TEST_CASE_METHOD(redis_fixture,
                 "redis_backplane: where it may not hear of changes, others "
                 "may always be there",
                 "[redis_backplane]") {
  for (const auto& x : wires.open_lines())
    greet(*x, "-NOPERM no such channel\r\n");
  const auto asked = commands().commands();
  CHECK(std::none_of(asked.begin(), asked.end(), [](const auto& x) {
    return x.starts_with("CLIENT TRACKING");
  }));
  for (const auto& x : asked)
    answer_housekeeping(x);
  const auto result = seat(1);
  confirm("room:lobby");
  commands().commands();
  reply(joined({member(1)}));
  REQUIRE(result->value);
  CHECK(*result->value);
}

TEST_CASE("redis_backplane: a leave follows what was said before it",
          "[redis_backplane]") {
  seated x{{stranger}};
  const auto pushed = [](const std::string& text) {
    return array({bulk("message"), bulk("room:lobby"), bulk(text)});
  };
  x.subscriber().say(
    pushed(R"({"senderId":"x","data":{},"originServerId":"abcdefghijkl"})")
    + pushed(leave_of_stranger));
  x.run();
  CHECK(x.told
        == transcript{"deliver {}",
                      "deliver " + std::string{peer_disconnected_text}});
}

// -- addresses ----------------------------------------------------------------

TEST_CASE("redis_backplane: an admission lowers what is left of the address",
          "[redis_backplane]") {
  connected x{[](options& o) { o.rate_limit_conn_per_10s = 5; }};
  const auto client = *ip_address::parse("192.0.2.7");
  const auto lease = x.node.addresses.admit(client, x.at().now_seconds());
  CHECK(lease.error == ec::none);
  x.tell(x.backplane, admitted_atom_v, client);
  CHECK(x.commands().commands()
        == transcript{"EVALSHA count_connection 1 signalbox:conn:192.0.2.7 5"});
  x.reply(bulk("-0.5"));
  CHECK(x.node.addresses.admit(client, x.at().now_seconds()).error
        == ec::address_limited);
}
