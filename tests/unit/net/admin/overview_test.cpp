#include "net/admin/overview.hpp"

#include "tests/support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>

using namespace signalbox;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A node of two shards, as far as an overview needs it.
struct two_shards {
  two_shards() {
    for (std::uint32_t i = 0; i < 2; ++i) {
      homes.push_back(std::make_unique<home>(node, nullptr, now, i));
      homes.back()->turns = &turns;
    }
    about = std::make_unique<overview>(
      node, std::vector<const home*>{homes[0].get(), homes[1].get()});
  }

  json text() const { return json::parse(about->text(about->alone())); }

  options settings;
  node_state node{settings, "node-1"};
  const home::clock::time_point now{};
  turn_figures turns;
  std::vector<std::unique_ptr<home>> homes;
  std::unique_ptr<overview> about;
};

json description() {
  std::ifstream file{test::source_tree() / "net/admin/openapi.json"};
  return json::parse(file);
}

} // namespace

TEST_CASE_METHOD(two_shards, "overview: it is what the description says",
                 "[overview]") {
  const auto all = description();
  const auto& schemas = all["components"]["schemas"];
  const auto overview = text();
  const auto has_all = [](const json& value, const json& schema) {
    for (const auto& name : schema["required"]) {
      CAPTURE(name);
      CHECK(value.contains(name));
    }
    CHECK(value.size() == schema["properties"].size());
  };
  has_all(overview, schemas["Overview"]);
  has_all(overview["shards"][0], schemas["Shard"]);
  has_all(overview["backplane"], schemas["Backplane"]);
  has_all(overview["cluster"][0], schemas["ClusterNode"]);
  has_all(overview["fanoutSeconds"], schemas["Histogram"]);
}

TEST_CASE_METHOD(two_shards, "overview: every counter is described",
                 "[overview]") {
  const auto all = description();
  const std::string said = all["components"]["schemas"]["Overview"]
                              ["properties"]["counters"]["description"];
  const auto counters = text()["counters"];
  for (const auto& [name, count] : counters.items()) {
    CAPTURE(name);
    CHECK(said.find(' ' + name) != std::string::npos);
    CHECK(count == 0);
  }
}

TEST_CASE_METHOD(two_shards, "overview: it tells the message limits apart",
                 "[overview]") {
  homes[0]->figures.count_rate_drops(message_limit::session, 2);
  homes[1]->figures.count_rate_drops(message_limit::session, 3);
  homes[1]->figures.count_rate_drops(message_limit::address, 7);
  homes[1]->figures.count_rate_drops(message_limit::room, 11);
  const auto counters = text()["counters"];
  CHECK(counters["rateLimitDrops"] == 23);
  CHECK(counters["sessionRateDrops"] == 5);
  CHECK(counters["addressRateDrops"] == 7);
  CHECK(counters["roomRateDrops"] == 11);
}

TEST_CASE_METHOD(two_shards, "overview: it sums up the shards", "[overview]") {
  homes[0]->figures.sessions.add(2);
  homes[1]->figures.sessions.add(3);
  homes[1]->figures.rooms.add();
  homes[0]->figures.messages_received.add(7);
  homes[1]->figures.count_end(ec::kicked);
  homes[1]->figures.count_end(ec::none);
  homes[0]->figures.fanout_latency.observe(20us);
  homes[1]->figures.fanout_latency.observe(2s);
  node.connections = 6;
  const auto x = text();
  CHECK(x["node"] == "node-1");
  CHECK(x["sessions"] == 5);
  CHECK(x["connections"] == 6);
  CHECK(x["rooms"] == 1);
  CHECK(x["shards"].size() == 2);
  CHECK(x["shards"][1]["shard"] == 1);
  CHECK(x["shards"][1]["sessions"] == 3);
  CHECK(x["counters"]["messagesReceived"] == 7);
  CHECK(x["sessionsEnded"]["kicked"] == 1);
  CHECK(x["sessionsEnded"]["left"] == 1);
  CHECK_FALSE(x["sessionsEnded"].contains("none"));
  CHECK_FALSE(x["sessionsEnded"].contains("unknown"));
  const auto& counts = x["fanoutSeconds"]["counts"];
  CHECK(counts.size() == x["fanoutSeconds"]["bounds"].size() + 1);
  CHECK(counts[1] == 1);
  CHECK(counts.back() == 1);
  CHECK(x["fanoutSeconds"]["sumSeconds"].get<double>() == Approx(2.00002));
}

TEST_CASE_METHOD(two_shards, "overview: it shows the shards' turns",
                 "[overview]") {
  turns.turns.add(4);
  turns.load_permille.add(250);
  turns.busy_nanoseconds.add(1'500'000'000);
  turns.longest_turn_ns.add(2'000'000);
  turns.turn_time.observe(20us);
  const auto shard = text()["shards"][0];
  CHECK(shard["turns"] == 4);
  CHECK(shard["load"] == 0.25);
  CHECK(shard["busySeconds"] == 1.5);
  CHECK(shard["longestTurnSeconds"] == 0.002);
  CHECK(shard["turnSeconds"]["counts"][1] == 1);
}

TEST_CASE_METHOD(two_shards, "overview: it shows the node's state",
                 "[overview]") {
  auto x = text();
  CHECK(x["isReady"] == true);
  CHECK(x["isDraining"] == false);
  CHECK(x["environment"] == "development");
  CHECK(x["backplane"]
        == json::parse(
          R"({"kind": "embedded", "state": "up", "breaker": "closed"})"));
  node.is_draining = true;
  node.is_backplane_up = false;
  node.is_circuit_open = true;
  x = text();
  CHECK(x["isReady"] == false);
  CHECK(x["isDraining"] == true);
  CHECK(x["backplane"]["state"] == "down");
  CHECK(x["backplane"]["breaker"] == "open");
}

TEST_CASE_METHOD(two_shards, "overview: it shows the limits in force",
                 "[overview]") {
  settings.room_capacity = 4;
  settings.heartbeat_interval = 1500ms;
  node.connections_max = 123;
  const auto limits = text()["limits"];
  CHECK(limits["ROOM_CAPACITY"] == 4);
  CHECK(limits["HEARTBEAT_INTERVAL_MS"] == 1500);
  CHECK(limits["MAX_CONNECTIONS"] == 123);
  CHECK(limits["MAX_CONNECTIONS_PER_IP"] == 0);
}

TEST_CASE_METHOD(two_shards, "overview: it shows the cluster it is given",
                 "[overview]") {
  CHECK(text()["cluster"] == json::parse(R"([{"node": "node-1",
    "isSelf": true, "isAlive": true, "shards": 2, "leaseSeconds": null}])"));
  const auto x = json::parse(about->text({{.id = "node-2",
                                           .is_self = false,
                                           .is_alive = false,
                                           .shards = 0,
                                           .lease = -1500ms}}));
  CHECK(x["cluster"] == json::parse(R"([{"node": "node-2",
    "isSelf": false, "isAlive": false, "shards": 0, "leaseSeconds": -1.5}])"));
}

TEST_CASE_METHOD(two_shards, "overview: it is one line without secrets",
                 "[overview]") {
  settings.admin_token = "hush-1";
  settings.jwt_secret = "hush-2";
  settings.jwt_secret_previous = "hush-3";
  const auto line = about->text(about->alone());
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find("hush") == std::string::npos);
}
