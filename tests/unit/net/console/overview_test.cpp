#include "net/console/overview.hpp"

#include "net/console/plain_text.hpp"

#include <catch2/catch.hpp>

using namespace signalbox::console;

namespace {

using lines = std::vector<std::string>;

json node_at_start() {
  return *read_json(R"({
    "node": "n1", "version": "0.1.0", "environment": "production",
    "uptimeSeconds": 100, "isReady": true, "isDraining": false,
    "logLevel": "info", "sessions": 12, "connections": 13, "rooms": 6,
    "shards": [
      {"shard": 0, "sessions": 8, "rooms": 4, "load": 0.25,
       "turnSeconds": {"bounds": [0.001, 0.01], "counts": [100, 0, 0]},
       "longestTurnSeconds": 0.0005},
      {"shard": 1, "sessions": 4, "rooms": 2, "load": 1,
       "turnSeconds": {"bounds": [0.001, 0.01], "counts": [0, 0, 0]},
       "longestTurnSeconds": 0}],
    "backplane": {"kind": "embedded", "state": "up", "breaker": "closed"},
    "cluster": [{"node": "n1", "isSelf": true, "isAlive": true, "shards": 2,
                 "leaseSeconds": null}],
    "counters": {"messagesReceived": 1000, "messagesForwarded": 3000,
                 "schemaRejections": 50, "rateLimitDrops": 0,
                 "sessionRateDrops": 0, "addressRateDrops": 0,
                 "roomRateDrops": 0, "backpressureCloses": 0},
    "sessionsEnded": {"left": 70, "room_full": 200},
    "fanoutSeconds": {"bounds": [0.001, 0.01], "counts": [100, 0, 0]},
    "redisCommandSeconds": {"bounds": [0.001], "counts": [0, 0]},
    "redisDeliverySeconds": {"bounds": [0.001], "counts": [0, 0]},
    "process": {"residentBytes": 12582912, "descriptors": 40,
                "descriptorsMax": 1024, "cpuSeconds": 10}})");
}

// Two seconds later.
json node_later() {
  auto x = node_at_start();
  x["uptimeSeconds"] = 102;
  x["counters"]["messagesReceived"] = 1240;
  x["counters"]["messagesForwarded"] = 3001;
  x["counters"]["rateLimitDrops"] = 20;
  x["counters"]["sessionRateDrops"] = 20;
  x["sessionsEnded"]["room_full"] = 202;
  x["process"]["cpuSeconds"] = 11;
  x["fanoutSeconds"]["counts"] = {100, 10, 0};
  x["shards"][0]["turnSeconds"]["counts"] = {100, 1, 0};
  return x;
}

json some_actors() {
  return *read_json(R"({"total": 30, "byKind": [], "top": [
    {"id": "17", "kind": "session", "shard": 1, "session": "5",
     "room": "a\u001b[2Jb", "mailboxNow": 0, "mailboxMax": 7, "handled": 1000,
     "handlingSeconds": 0.25, "ageSeconds": 90, "restarts": 0},
    {"id": "2", "kind": "supervisor", "shard": 0, "session": "", "room": "",
     "mailboxNow": 0, "mailboxMax": 1, "handled": 0, "handlingSeconds": 0,
     "ageSeconds": 100, "restarts": 0}]})");
}

lines whole() {
  return {
    "signalbox n1  0.1.0  production  up 1m42s  ready  log info",
    "sessions 12  rooms 6  connections 13  memory 12.0M  descriptors 40/1024"
    "  cpu 50%",
    "messages in 120/s out 0.5/s  fan-out p50 5.50ms p99 9.91ms  (over 2.00s)",
    "refusals 11/s  session rate 10/s  room_full 1.0/s",
    "backplane embedded up  breaker closed",
    "",
    "SHARD  LOAD                         SESSIONS  ROOMS  TURN-P99  LONGEST",
    "    0  [#####---------------]  25%         8      4    9.91ms    500us",
    "    1  [####################] 100%         4      2         -      0us",
    "",
    "NODE  STATE  SHARDS  LEASE",
    "n1    alive       2  -      this one",
    "",
    "ACTOR  KIND        SHARD   TIME  HANDLED   MEAN  MAILBOX  MAX  SESSION  "
    "ROOM",
    "17     session         1  250ms     1000  250us        0    7  5        "
    "a\\x1b[2Jb",
    "2      supervisor      0    0us        0      -        0    1  -        -",
  };
}

} // namespace

TEST_CASE("overview: rates are differences by the node's clock", "[console]") {
  CHECK(render({node_later(), node_at_start(), some_actors(), ""}, 0, 0)
        == whole());
}

TEST_CASE("overview: without an earlier one rates are since the start",
          "[console]") {
  const auto out = render({node_at_start(), {}, {}, ""}, 0, 0);
  CHECK(out[2]
        == "messages in 10/s out 30/s  fan-out p50 500us p99 990us"
           "  (since the start)");
  CHECK(out[3] == "refusals 2.5/s  room_full 2.0/s  schema 0.5/s");
}

TEST_CASE("overview: each limit on messages is a reason of its own",
          "[console]") {
  auto now = node_at_start();
  now["uptimeSeconds"] = 101;
  now["counters"]["rateLimitDrops"] = 70;
  now["counters"]["sessionRateDrops"] = 40;
  now["counters"]["addressRateDrops"] = 20;
  now["counters"]["roomRateDrops"] = 10;
  CHECK(render({now, node_at_start(), {}, ""}, 0, 0)[3]
        == "refusals 70/s  session rate 40/s  address rate 20/s"
           "  room rate 10/s");
}

TEST_CASE("overview: what clients, operators and drains end is no refusal",
          "[console]") {
  auto now = node_at_start();
  now["uptimeSeconds"] = 101;
  for (const auto* reason : {"left", "draining", "slow_consumer",
                             "token_expired", "kicked", "room_closed"})
    now["sessionsEnded"][reason] = 500;
  CHECK(render({now, node_at_start(), {}, ""}, 0, 0)[3] == "refusals 0/s");
  now["counters"]["backpressureCloses"] = 500;
  now["sessionsEnded"]["unauthorized"] = 20;
  CHECK(render({now, node_at_start(), {}, ""}, 0, 0)[3]
        == "refusals 520/s  backpressure 500/s  unauthorized 20/s");
}

TEST_CASE("overview: another run of the node is no earlier one", "[console]") {
  auto other = node_at_start();
  other["node"] = "n0";
  const auto fresh = render({node_later(), {}, {}, ""}, 0, 0);
  CHECK(render({node_later(), other, {}, ""}, 0, 0) == fresh);
  auto longer = node_at_start();
  longer["uptimeSeconds"] = 1000;
  CHECK(render({node_later(), longer, {}, ""}, 0, 0) == fresh);
}

TEST_CASE("overview: trouble comes second", "[console]") {
  CHECK(render({node_later(), node_at_start(), {}, "no answer"}, 0, 0)[1]
        == "! no answer");
}

TEST_CASE("overview: a draining node says so, and one that is not ready",
          "[console]") {
  auto x = node_at_start();
  x["isReady"] = false;
  CHECK(render({x, {}, {}, ""}, 0, 0)[0]
        == "signalbox n1  0.1.0  production  up 1m40s  NOT READY  log info");
  x["isDraining"] = true;
  CHECK(render({x, {}, {}, ""}, 0, 0)[0]
        == "signalbox n1  0.1.0  production  up 1m40s  DRAINING  log info");
}

TEST_CASE("overview: Redis has its times, and nodes their leases",
          "[console]") {
  auto x = node_at_start();
  x["backplane"] = {{"kind", "redis"}, {"state", "down"}, {"breaker", "open"}};
  x["redisDeliverySeconds"]["counts"] = {10, 0};
  x["cluster"] = *read_json(R"([
    {"node": "n1", "isSelf": true, "isAlive": true, "shards": 2,
     "leaseSeconds": 8.5},
    {"node": "n2", "isSelf": false, "isAlive": false, "shards": 0,
     "leaseSeconds": -75}])");
  const auto out = render({x, {}, {}, ""}, 0, 0);
  CHECK(out[4]
        == "backplane redis down  breaker open  delivery p50 500us p99 990us"
           "  commands p50 - p99 -");
  CHECK(lines(out.begin() + 10, out.end())
        == lines{"NODE  STATE  SHARDS  LEASE",
                 "n1    alive       2  for 8s          this one",
                 "n2    GONE        0  over 1m15s ago"});
}

TEST_CASE("overview: lines are cut to the width", "[console]") {
  const auto now = node_later();
  const auto actors = some_actors();
  for (const std::size_t width : {1u, 10u, 40u, 80u}) {
    for (const auto& line : render({now, {}, actors, ""}, width, 0))
      CHECK(columns_of(line) <= width);
  }
  CHECK(render({now, {}, actors, ""}, 20, 0)[0] == "signalbox n1  0.1.0>");
}

TEST_CASE("overview: as much as fits is drawn, at any height", "[console]") {
  const auto now = node_later();
  const auto earlier = node_at_start();
  const auto actors = some_actors();
  for (std::size_t height = 1; height < 30; ++height)
    CHECK(render({now, earlier, actors, ""}, 0, height).size() <= height);
  CHECK(render({now, earlier, actors, ""}, 0, 16) == whole());
}

TEST_CASE("overview: shards without room are counted", "[console]") {
  auto now = node_later();
  for (int i = 2; i < 64; ++i) {
    auto shard = now["shards"][1];
    shard["shard"] = i;
    now["shards"].push_back(shard);
  }
  const auto out = render({now, {}, some_actors(), ""}, 0, 24);
  CHECK(out.size() == 24);
  CHECK(out[15].starts_with("    8  [####"));
  CHECK(lines(out.begin() + 16, out.end())
        == lines{
          "... 55 more",
          "",
          "NODE  STATE  SHARDS  LEASE",
          "n1    alive       2  -      this one",
          "",
          whole()[13],
          whole()[14],
          whole()[15],
        });
}

TEST_CASE("overview: an answer without anything in it is drawn", "[console]") {
  CHECK(render({json::object(), {}, {}, ""}, 0, 0)
        == lines{"signalbox -  -  -  up -  NOT READY  log -",
                 "sessions -  rooms -  connections -  memory -  descriptors "
                 "-/-  cpu -",
                 "messages in -/s out -/s  fan-out p50 - p99 -  (since the "
                 "start)",
                 "refusals 0/s", "backplane - -  breaker -"});
}

TEST_CASE("overview: members of the wrong kind are drawn as unknown",
          "[console]") {
  auto x = node_at_start();
  for (auto& [name, value] : x.items())
    value = json::array({1, json::object(), nullptr, "x"});
  CHECK(render({x, x, x, ""}, 80, 24).size() >= 5);
}
