#include "tests/support/admission_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- at the start -------------------------------------------------------------

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a good token lets it into its room",
                 "[session_admission]") {
  grant("good", 1h);
  auto who = open(showing("good"));
  CHECK(judge->judged == transcript{"good lobby"});
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(of(who).is_reading);
  CHECK(keeper->waiting.empty());
}

TEST_CASE_METHOD(
  admission_fixture,
  "session_admission: a bad token is refused and touches no room",
  "[session_admission]") {
  auto who = open(showing("bad"));
  CHECK(of(who).closes == closed_with(1008, "Unauthorized"));
  CHECK(told.empty());
  CHECK(ended(ec::unauthorized) == 1);
  CHECK(at().figures.auth_failures.value() == 1);
  of(who).event({saying("heard by nobody")});
  of(who).drop();
  run();
  CHECK(told.empty());
  CHECK(at().figures.messages_received.value() == 0);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a token for another room is refused as "
                 "such",
                 "[session_admission]") {
  deny("other", ec::room_forbidden);
  auto who = open(showing("other"));
  CHECK(of(who).closes == closed_with(1008, "Forbidden"));
  CHECK(told.empty());
  CHECK(at().figures.auth_failures.value() == 1);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: no token is judged like an empty one",
                 "[session_admission]") {
  auto who = open({});
  CHECK(judge->judged == transcript{" lobby"});
  CHECK(of(who).closes == closed_with(1008, "Unauthorized"));
  CHECK(told.empty());
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: one refused at the upgrade has no token "
                 "judged",
                 "[session_admission]") {
  grant("good", 1h);
  auto start = showing("good");
  start.refusal = ec::origin_not_allowed;
  auto who = open(std::move(start));
  CHECK(of(who).closes == closed_with(1008, "Origin not allowed"));
  CHECK(judge->judged.empty());
}

// -- keys that have to be fetched ---------------------------------------------

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: it waits for keys and is judged again",
                 "[session_admission]") {
  grant("good", 1h);
  judge->unknown_keys.insert("good");
  auto who = open(showing("good"));
  CHECK(keeper->waiting.size() == 1);
  CHECK(told.empty());
  CHECK_FALSE(of(who).is_reading);
  beat_for(5s);
  CHECK(of(who).closes.empty());
  keeper->answer_all();
  run();
  CHECK(judge->judged == transcript{"good lobby", "good lobby again"});
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(of(who).is_reading);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: keys that do not help refuse it",
                 "[session_admission]") {
  judge->unknown_keys.insert("bad");
  auto who = open(showing("bad"));
  keeper->answer_all();
  run();
  CHECK(of(who).closes == closed_with(1008, "Unauthorized"));
  CHECK(told.empty());
  CHECK(judge->judged.size() == 2);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: without any keys it is no failure of its "
                 "address",
                 "[session_admission]") {
  deny("good", ec::keys_unavailable);
  judge->unknown_keys.insert("good");
  auto who = open(showing("good"));
  keeper->answer_all();
  run();
  CHECK(of(who).closes == closed_with(1013, "Service unavailable"));
  CHECK(at().figures.auth_failures.value() == 0);
}

namespace {

/// Ways in which keys that are wished for do not come. Each takes a session
/// that waits to the end of its wait.
struct keyless_fixture : admission_fixture {
  session_actor wait_for(std::string token, bool has_keeper = true) {
    judge->unknown_keys.insert(token);
    if (!has_keeper)
      at().key_keeper = nullptr;
    return open(showing(std::move(token)));
  }

  session_actor in_vain(std::string token) {
    return wait_for(std::move(token), false);
  }
};

} // namespace

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: a keeper that fails leaves it to the keys "
                 "there are",
                 "[session_admission]") {
  grant("good", 1h);
  auto who = wait_for("good");
  CHECK(told.empty());
  kill(at().key_keeper);
  CHECK(judge->judged == transcript{"good lobby", "good lobby again"});
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(of(who).is_reading);
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: a keeper that failed before leaves it to "
                 "the keys there are",
                 "[session_admission]") {
  grant("good", 1h);
  kill(at().key_keeper);
  wait_for("good");
  CHECK(told == transcript{"enter lobby 1"});
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: a keeper that never answers leaves it to "
                 "the keys there are, in the end",
                 "[session_admission]") {
  grant("good", 1h);
  wait_for("good");
  beat_for(5750ms);
  CHECK(told.empty());
  beat_for(500ms);
  CHECK(told == transcript{"enter lobby 1"});
  keeper->answer_all();
  run();
  CHECK(judge->judged == transcript{"good lobby", "good lobby again"});
  CHECK(told == transcript{"enter lobby 1"});
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: without a keeper it is left to the keys "
                 "there are",
                 "[session_admission]") {
  grant("good", 1h);
  auto who = in_vain("good");
  CHECK(judge->judged == transcript{"good lobby", "good lobby again"});
  CHECK(told == transcript{"enter lobby 1"});
  CHECK(of(who).is_reading);
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: without a keeper a bad token is bad still",
                 "[session_admission]") {
  auto who = in_vain("bad");
  CHECK(of(who).closes == closed_with(1008, "Unauthorized"));
  CHECK(told.empty());
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: without keeper and keys it is to come "
                 "again",
                 "[session_admission]") {
  deny("good", ec::keys_unavailable);
  auto who = in_vain("good");
  CHECK(of(who).closes == closed_with(1013, "Service unavailable"));
  CHECK(told.empty());
  CHECK(at().figures.auth_failures.value() == 0);
}

TEST_CASE_METHOD(keyless_fixture,
                 "session_admission: a judge who wishes for keys again is not "
                 "asked again",
                 "[session_admission]") {
  judge->always_wishing.insert("good");
  session_actor who;
  SECTION("after a fetch") {
    who = wait_for("good");
    keeper->answer_all();
    run();
  }
  SECTION("without a keeper") {
    who = in_vain("good");
  }
  SECTION("after a keeper that never answers") {
    who = wait_for("good");
    beat_for(6250ms);
  }
  CHECK(of(who).closes == closed_with(1013, "Service unavailable"));
  CHECK(judge->judged == transcript{"good lobby", "good lobby again"});
  CHECK(told.empty());
  CHECK(at().figures.auth_failures.value() == 0);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: one that goes while it waits touches no "
                 "room",
                 "[session_admission]") {
  grant("good", 1h);
  judge->unknown_keys.insert("good");
  auto who = open(showing("good"));
  of(who).drop();
  run();
  keeper->answer_all();
  run();
  CHECK(told.empty());
  CHECK(judge->judged.size() == 1);
}

// -- addresses ----------------------------------------------------------------

TEST_CASE("session_admission: one failure too many blocks the address",
          "[session_admission]") {
  admission_fixture x{[](options& o) {
    o.auth_failures_per_10s = 2;
    o.auth_block = 30s;
    o.rate_limit_conn_per_10s = 100;
  }};
  const ip_address client;
  const auto admit = [&] {
    return x.node.addresses.admit(client, x.at().now_seconds());
  };
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(admit().is_blocked);
    auto start = x.showing("bad");
    start.lease = admit().lease;
    x.open(std::move(start));
  }
  CHECK(x.at().figures.auth_failures.value() == 3);
  CHECK(x.at().figures.auth_blocks.value() == 1);
  CHECK(admit().is_blocked);
  CHECK(admit().error == ec::address_limited);
  x.beat_for(29s);
  CHECK(admit().is_blocked);
  x.beat_for(1s);
  CHECK(admit().error == ec::none);
}

// -- while it is open ---------------------------------------------------------

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: the end of its token ends it",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  told.clear();
  beat_for(99s);
  CHECK(of(who).closes.empty());
  beat_for(1500ms);
  CHECK(of(who).closes == closed_with(1008, "Token expired"));
  CHECK(told == transcript{"leave 1"});
  CHECK(ended(ec::token_expired) == 1);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: its end is announced once, a minute ahead",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  beat_for(39s);
  CHECK(of(who).expiry_notices.empty());
  beat_for(60s);
  REQUIRE(of(who).expiry_notices.size() == 1);
  CHECK(of(who).expiry_notices.front() <= 60s);
  CHECK(of(who).expiry_notices.front() > 59s);
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a token of months ends on its day",
                 "[session_admission]") {
  grant("long", 24h * 40);
  auto who = open(showing("long"));
  beat_for(24h);
  CHECK(of(who).closes.empty());
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a wall clock set forward ends it soon",
                 "[session_admission]") {
  grant("good", 5h);
  auto who = open(showing("good"));
  wall_ahead = 6h;
  beat_for(61s);
  CHECK(of(who).closes == closed_with(1008, "Token expired"));
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a wall clock set back lets it stay",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  wall_ahead = -50s;
  beat_for(149s);
  CHECK(of(who).closes.empty());
  beat_for(1500ms);
  CHECK(of(who).closes == closed_with(1008, "Token expired"));
}

// -- refreshing ---------------------------------------------------------------

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a refreshed token prevents the end",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  beat_for(90s);
  grant("next", 100s);
  of(who).refresh("next");
  run();
  CHECK(of(who).refreshes == std::vector{ec::none});
  beat_for(99s);
  CHECK(of(who).closes.empty());
  CHECK(of(who).expiry_notices.size() == 2);
  beat_for(1500ms);
  CHECK(of(who).closes == closed_with(1008, "Token expired"));
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: a bad token to refresh with changes "
                 "nothing",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  of(who).refresh("bad");
  run();
  CHECK(of(who).refreshes == std::vector{ec::unauthorized});
  CHECK(at().figures.auth_failures.value() == 1);
  CHECK(of(who).closes.empty());
  beat_for(101s);
  CHECK(of(who).closes == closed_with(1008, "Token expired"));
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: refreshing waits for keys too",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  grant("next", 1h);
  judge->unknown_keys.insert("next");
  of(who).refresh("next");
  run();
  CHECK(of(who).refreshes.empty());
  keeper->answer_all();
  run();
  CHECK(of(who).refreshes == std::vector{ec::none});
  kill(at().key_keeper);
  of(who).refresh("next");
  run();
  CHECK(of(who).refreshes == std::vector{ec::none, ec::none});
  deny("next", ec::keys_unavailable);
  of(who).refresh("next");
  run();
  CHECK(of(who).refreshes
        == std::vector{ec::none, ec::none, ec::keys_unavailable});
  beat_for(101s);
  CHECK(of(who).closes.empty());
}

TEST_CASE_METHOD(admission_fixture,
                 "session_admission: of two tokens that wait the last counts",
                 "[session_admission]") {
  grant("short", 100s);
  auto who = open(showing("short"));
  grant("last", 1h);
  judge->unknown_keys = {"first", "last"};
  of(who).refresh("first");
  of(who).refresh("last");
  run();
  keeper->answer_all();
  run();
  CHECK(of(who).refreshes == std::vector{ec::none});
  CHECK(at().figures.auth_failures.value() == 0);
}

TEST_CASE_METHOD(session_fixture,
                 "session_admission: where nobody needs a token, none is asked "
                 "for",
                 "[session_admission]") {
  auto who = add_open();
  of(who).refresh("any");
  run();
  CHECK(of(who).refreshes.empty());
  CHECK(of(who).closes.empty());
}
