#include "tests/support/seat_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- after a loss -------------------------------------------------------------

TEST_CASE_METHOD(seated,
                 "redis_backplane: after a reconnect its seats are made equal",
                 "[redis_backplane]") {
  commands().lose();
  run();
  CHECK(told == transcript{"remote"});
  advance(1s);
  greet(*wires.lines.back());
  const auto asked = commands().commands();
  CHECK(std::count(asked.begin(), asked.end(),
                   "EVALSHA reconcile 1 room:lobby sb:testtesttest:0 10 3600 "
                   "PUBLISH "
                     + member(1))
        == 1);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: a join does not wait for rooms that can",
                 "[redis_backplane]") {
  constexpr std::uint64_t rooms = 300;
  for (std::uint64_t id = 1; id <= rooms; ++id) {
    const auto name = "room-" + std::to_string(id);
    seat(id, name);
    confirm("room:" + name);
    commands().commands();
    reply(joined({member(id)}));
  }
  commands().lose();
  run();
  advance(1s);
  greet(*wires.lines.back());
  transcript due;
  for (const auto& x : commands().commands())
    if (x.starts_with("EVALSHA reconcile"))
      due.push_back(x);
  CHECK(due.size() == 128);
  // The last one in line has its turn at once, as somebody waits for it.
  std::string last;
  for (std::uint64_t id = 1; id <= rooms; ++id) {
    const auto begin = "EVALSHA reconcile 1 room:room-" + std::to_string(id);
    if (std::none_of(due.begin(), due.end(),
                     [&](const auto& x) { return x.starts_with(begin + " "); }))
      last = std::to_string(id);
  }
  REQUIRE_FALSE(last.empty());
  const auto result = seat(1000, "room-" + last);
  const auto whole = " sb:testtesttest:0 10 3600 PUBLISH "
                     + member(std::stoull(last));
  CHECK(commands().commands()
        == transcript{"EVALSHA reconcile 1 room:room-" + last + whole});
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: who finds no seat again is ended, and its "
                 "leave is left to the script",
                 "[redis_backplane]") {
  tell(backplane, adopt_atom_v, std::string{"lobby"}, room,
       session_ids{session_id{1}});
  advance(100ms);
  for (const auto& x : commands().commands())
    if (x.starts_with("EVALSHA reconcile"))
      reply(array({members({"a", "b"}), members({member(1)})}));
    else
      answer_housekeeping(x);
  CHECK(told == transcript{"end 1 room_full"});
  const auto asked = commands().commands();
  CHECK(std::none_of(asked.begin(), asked.end(),
                     [](const auto& x) { return x.starts_with("PUBLISH"); }));
}

TEST_CASE(
  "redis_backplane: who comes into an empty room hears no leave of "
  "those who were there before",
  "[redis_backplane]") {
  seated x{{stranger}};
  x.tell(x.backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  x.commands().commands();
  x.reply(array({integer(1), integer(1)}));
  // It is not heard here: nobody sits here.
  x.hear("room:lobby", leave_of_stranger);
  const auto result = x.seat(2);
  CHECK(x.commands().commands()
        == transcript{"EVALSHA join 1 room:lobby " + x.member(2)
                      + " 10 3600 1 PUBLISH"});
  x.reply(joined({x.member(2)}));
  REQUIRE(result->value);
  CHECK_FALSE(*result->value);
  x.settle_for(12s);
  CHECK(x.told.empty());
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: who was refused before hears no leave of "
                 "those who filled the room",
                 "[redis_backplane]") {
  const auto refused = seat(1);
  confirm("room:lobby");
  commands().commands();
  reply(array({integer(0), integer(1), bulk(stranger)}));
  CHECK(refused->reason() == ec::room_full);
  const auto result = seat(2);
  commands().commands();
  reply(joined({member(2)}));
  REQUIRE(result->value);
  settle_for(12s);
  CHECK(told.empty());
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: one that leaves while its room is compared "
                 "is compared again",
                 "[redis_backplane]") {
  tell(backplane, adopt_atom_v, std::string{"lobby"}, room,
       session_ids{session_id{1}});
  advance(50ms);
  commands().commands();
  tell(backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  advance(50ms);
  const auto asked = commands().commands();
  CHECK(std::count(asked.begin(), asked.end(),
                   "EVALSHA reconcile 1 room:lobby sb:testtesttest:0 10 3600 "
                   "PUBLISH")
        == 1);
}

TEST_CASE(
  "redis_backplane: a dead node's members have left, and its seats "
  "are freed",
  "[redis_backplane]") {
  seated x{{stranger}};
  std::string answer_to_lease = array({integer(1), array({})});
  transcript swept;
  for (int i = 0; i < 80; ++i) {
    x.advance(100ms);
    for (const auto& y : x.commands().commands())
      if (y.starts_with("EVALSHA lease")) {
        CHECK(y.ends_with(" sb:abcdefghijkl:0"));
        x.reply(array({integer(1), array({bulk("sb:abcdefghijkl:0")})}));
      } else if (y.starts_with("EVALSHA sweep")) {
        swept.push_back(y);
        x.reply(members({redis_fixture::member(1)}));
        break;
      } else {
        x.answer_housekeeping(y);
      }
    if (!swept.empty())
      break;
  }
  CHECK(swept == transcript{"EVALSHA sweep 1 room:lobby PUBLISH " + stranger});
  CHECK(
    x.told
    == transcript{"deliver " + std::string{peer_disconnected_text}, "alone"});
  x.hear("room:lobby", leave_of_stranger);
  CHECK(x.told.size() == 2);
}

TEST_CASE(
  "redis_backplane: after an outage nobody is judged by a lease that "
  "could not be renewed",
  "[redis_backplane]") {
  seated x{{stranger}};
  const auto serve = [&x](const std::string& dead) {
    for (const auto& y : x.commands().commands())
      if (y.starts_with("EVALSHA lease"))
        x.reply(
          array({integer(1), dead.empty() ? array({}) : array({bulk(dead)})}));
      else
        x.answer_housekeeping(y);
    x.confirm_probe();
  };
  for (int i = 0; i < 80; ++i) {
    x.advance(100ms);
    serve("");
  }
  x.told.clear();
  x.commands().lose();
  x.advance(1s);
  x.greet(*x.wires.lines.back());
  for (int i = 0; i < 20; ++i) {
    serve("sb:abcdefghijkl:0");
    x.advance(100ms);
  }
  CHECK(std::count(x.told.begin(), x.told.end(),
                   "deliver " + std::string{peer_disconnected_text})
        == 0);
}

// -- health -------------------------------------------------------------------

TEST_CASE_METHOD(redis_fixture,
                 "redis_backplane: it is up once a probe came back",
                 "[redis_backplane]") {
  for (const auto& x : wires.open_lines())
    greet(*x);
  // Not before it would be heard.
  for (const auto& x : commands().commands())
    CHECK_FALSE(x.starts_with("EVALSHA probe"));
  confirm_probe();
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 up") == 0);
  const auto asked = commands().commands();
  const auto probe =
    std::find_if(asked.begin(), asked.end(),
                 [](const auto& x) { return x.starts_with("EVALSHA probe"); });
  REQUIRE(probe != asked.end());
  const std::string channel = "signalbox:{probe:sb:testtesttest:0:0}";
  CHECK(*probe == "EVALSHA probe 1 " + channel + " 2 10000 PUBLISH");
  hear(channel, "2");
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 up") == 1);
}

TEST_CASE_METHOD(connected,
                 "redis_backplane: it is down when probes do not come back",
                 "[redis_backplane]") {
  reports.clear();
  advance(800ms);
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 down") == 0);
  advance(100ms);
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 down") == 1);
  CHECK(std::count(reports.begin(), reports.end(), "failure") >= 1);
}

TEST_CASE_METHOD(seated,
                 "redis_backplane: a Redis that answers errors is not asked at "
                 "once again",
                 "[redis_backplane]") {
  commands().commands();
  invalidate("room:lobby");
  std::size_t reads = 0;
  for (int i = 0; i < 20; ++i) {
    for (const auto& x : commands().commands())
      if (x.starts_with("SMEMBERS")) {
        ++reads;
        reply("-ERR no\r\n");
      } else {
        answer_housekeeping(x);
      }
    advance(50ms);
  }
  // Within a second: at once, then every 250 ms.
  CHECK(reads == 4);
}

// -- sentinels ----------------------------------------------------------------

namespace {

struct named_by_sentinels : redis_fixture {
  named_by_sentinels()
    : redis_fixture([](options& o) {
        auto& url = *o.redis_url;
        url.kind = redis_url::topology::sentinel;
        url.hosts = {{"one.test", 26379}, {"two.test", 26379}};
        url.master_name = "mymaster";
      }) {
    auto& sentinel = *wires.lines.front();
    sentinel.open();
    sentinel.say(ok + array({bulk("redis.test"), bulk("6379")}));
    run();
    for (const auto& x : wires.open_lines())
      if (x->target.host == "redis.test")
        greet(*x);
    sentinel.commands();
    settle();
  }

  bool is_second_asked() const {
    return std::any_of(wires.lines.begin(), wires.lines.end(),
                       [](const auto& x) {
                         return x->target.host == "two.test";
                       });
  }

  /// What a sentinel that is asked once a second says.
  void sentinel_answers() {
    auto& sentinel = *wires.lines.front();
    if (!sentinel.is_closed && !sentinel.commands().empty())
      sentinel.say(array({bulk("redis.test"), bulk("6379")}));
    run();
  }
};

} // namespace

TEST_CASE_METHOD(named_by_sentinels,
                 "redis_backplane: where a replica is named as the master, "
                 "another sentinel is asked",
                 "[redis_backplane]") {
  std::size_t refused = 0;
  while (!is_second_asked() && refused < 10) {
    advance(50ms);
    sentinel_answers();
    for (const auto& x : commands().commands())
      if (x.starts_with("EVALSHA probe")) {
        ++refused;
        reply("-READONLY You can't write against a read only replica.\r\n");
      } else {
        answer_housekeeping(x);
      }
  }
  CHECK(refused == 4);
  CHECK(is_second_asked());
}

TEST_CASE_METHOD(named_by_sentinels,
                 "redis_backplane: while the master serves the sentinel stays",
                 "[redis_backplane]") {
  for (int i = 0; i < 100; ++i) {
    advance(50ms);
    sentinel_answers();
    settle();
  }
  CHECK_FALSE(is_second_asked());
}
