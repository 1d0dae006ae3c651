#include "net/metrics/metrics_page.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <regex>
#include <set>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

/// A node of two shards, as far as its metrics need it.
struct two_homes {
  two_homes() {
    for (std::uint32_t i = 0; i < 2; ++i) {
      homes.push_back(std::make_unique<home>(node, nullptr, now, i));
      homes.back()->turns = &turns[i];
    }
  }

  std::string page() const {
    return metrics_page(node, {homes[0].get(), homes[1].get()});
  }

  /// The value of the sample with this name and label, "none" without one.
  std::string sample(const std::string& name,
                     const std::string& label = {}) const {
    const auto text = "\n" + page();
    const auto start = "\n" + name + (label.empty() ? "" : "{" + label + "}")
                       + " ";
    const auto found = text.find(start);
    if (found == std::string::npos)
      return "none";
    const auto value = found + start.size();
    return text.substr(value, text.find('\n', value) - value);
  }

  options settings;
  node_state node{settings, "test"};
  const home::clock::time_point now{};
  turn_figures turns[2];
  std::vector<std::unique_ptr<home>> homes;
};

} // namespace

TEST_CASE_METHOD(two_homes, "metrics_page: it has the reference's names",
                 "[metrics_page]") {
  CHECK(metrics_content_type == "text/plain; version=0.0.4; charset=utf-8");
  // Without labels, and 0 in the beginning.
  for (const auto* name :
       {"signaling_active_connections", "signaling_local_rooms",
        "signaling_circuit_breaker_open", "signaling_messages_forwarded_total",
        "signaling_schema_rejections_total", "signaling_rate_limit_drops_total",
        "signaling_backpressure_closes_total",
        "signaling_redis_cmd_latency_seconds_count",
        "signaling_redis_cmd_latency_seconds_sum",
        "signaling_fanout_latency_seconds_count",
        "signaling_fanout_latency_seconds_sum"}) {
    CAPTURE(name);
    CHECK(sample(name) == "0");
  }
  CHECK(sample("signaling_redis_up") == "1");
}

TEST_CASE_METHOD(two_homes, "metrics_page: it sums up all shards",
                 "[metrics_page]") {
  homes[0]->figures.sessions.add(3);
  homes[1]->figures.sessions.add(2);
  homes[1]->figures.sessions.subtract();
  homes[0]->figures.rooms.add();
  homes[1]->figures.messages_forwarded.add(7);
  homes[0]->figures.schema_rejections.add();
  homes[0]->figures.rate_limit_drops.add(2);
  homes[1]->figures.backpressure_closes.add();
  CHECK(sample("signaling_active_connections") == "4");
  CHECK(sample("signaling_local_rooms") == "1");
  CHECK(sample("signaling_messages_forwarded_total") == "7");
  CHECK(sample("signaling_schema_rejections_total") == "1");
  CHECK(sample("signaling_rate_limit_drops_total") == "2");
  CHECK(sample("signaling_backpressure_closes_total") == "1");
}

TEST_CASE_METHOD(two_homes, "metrics_page: it counts fetches of the key set",
                 "[metrics_page]") {
  homes[0]->figures.jwks_fetches.add(3);
  homes[0]->figures.jwks_fetch_failures.add(2);
  CHECK(sample("signalbox_jwks_fetches_total") == "3");
  CHECK(sample("signalbox_jwks_fetch_failures_total") == "2");
}

TEST_CASE_METHOD(two_homes, "metrics_page: it shows the node's state",
                 "[metrics_page]") {
  CHECK(sample("signalbox_ready") == "1");
  node.is_circuit_open = true;
  node.is_backplane_up = false;
  CHECK(sample("signaling_circuit_breaker_open") == "1");
  CHECK(sample("signaling_redis_up") == "0");
  CHECK(sample("signalbox_ready") == "0");
}

TEST_CASE_METHOD(two_homes, "metrics_page: a histogram's buckets add up",
                 "[metrics_page]") {
  using namespace std::chrono_literals;
  homes[0]->figures.fanout_latency.observe(20us);
  homes[1]->figures.fanout_latency.observe(2s);
  const auto text = page();
  const std::string bucket = "signaling_fanout_latency_seconds_bucket";
  CHECK(text.find(bucket + "{le=\"1e-05\"} 0\n") != std::string::npos);
  CHECK(text.find(bucket + "{le=\"2.5e-05\"} 1\n") != std::string::npos);
  CHECK(text.find(bucket + "{le=\"1\"} 1\n") != std::string::npos);
  CHECK(text.find(bucket + "{le=\"+Inf\"} 2\n") != std::string::npos);
  CHECK(sample("signaling_fanout_latency_seconds_count") == "2");
}

TEST_CASE_METHOD(two_homes, "metrics_page: labels come from closed sets",
                 "[metrics_page]") {
  const auto text = page();
  std::set<std::string> labels;
  const std::regex pattern{"\\{(\\w+)="};
  for (std::sregex_iterator i{text.begin(), text.end(), pattern}, end; i != end;
       ++i)
    labels.insert((*i)[1]);
  CHECK(labels
        == std::set<std::string>{"kind", "le", "outcome", "reason", "shard",
                                 "version"});
  homes[1]->figures.count_end(ec::slow_consumer);
  CHECK(page().find("signalbox_sessions_ended_total{reason=\"slow_consumer\"} "
                    "1\n")
        != std::string::npos);
}

TEST_CASE_METHOD(two_homes, "metrics_page: each shard has its turns",
                 "[metrics_page]") {
  turns[1].turn_time.observe(20us);
  turns[1].turn_time.observe(5s);
  turns[1].busy_nanoseconds.add(5'000'020'000);
  turns[1].load_permille.set(875);
  turns[1].longest_turn_ns.set(5'000'000'000);
  homes[0]->figures.sessions.add(2);
  homes[1]->figures.rooms.add(3);
  const std::string name = "signalbox_shard_turn_seconds";
  CHECK(sample(name + "_count", "shard=\"0\"") == "0");
  CHECK(sample(name + "_count", "shard=\"1\"") == "2");
  CHECK(sample(name + "_bucket", "shard=\"1\",le=\"1e-05\"") == "0");
  CHECK(sample(name + "_bucket", "shard=\"1\",le=\"1\"") == "1");
  CHECK(sample(name + "_bucket", "shard=\"1\",le=\"+Inf\"") == "2");
  CHECK(sample("signalbox_shard_busy_seconds_total", "shard=\"1\"")
        == "5.00002");
  CHECK(sample("signalbox_shard_load_ratio", "shard=\"1\"") == "0.875");
  CHECK(sample("signalbox_shard_longest_turn_seconds", "shard=\"1\"") == "5");
  CHECK(sample("signalbox_shard_sessions", "shard=\"0\"") == "2");
  CHECK(sample("signalbox_shard_rooms", "shard=\"1\"") == "3");
}

TEST_CASE_METHOD(two_homes, "metrics_page: without shards there are no turns",
                 "[metrics_page]") {
  homes[0]->turns = homes[1]->turns = nullptr;
  CHECK(page().find("signalbox_shard_turn_seconds") == std::string::npos);
  CHECK(sample("signalbox_shard_sessions", "shard=\"1\"") == "0");
}

TEST_CASE_METHOD(two_homes,
                 "metrics_page: of mailboxes it shows the longest of all",
                 "[metrics_page]") {
  const auto room = static_cast<std::size_t>(actor_kind::room);
  homes[0]->figures.actors[room].add(2);
  homes[1]->figures.actors[room].add(3);
  homes[0]->figures.longest_mailbox[room].set(7);
  homes[1]->figures.longest_mailbox[room].set(4);
  CHECK(sample("signalbox_actors", "kind=\"room\"") == "5");
  CHECK(sample("signalbox_longest_mailbox_messages", "kind=\"room\"") == "7");
  CHECK(sample("signalbox_longest_mailbox_messages", "kind=\"session\"")
        == "0");
}

TEST_CASE_METHOD(two_homes, "metrics_page: a dropped message has its reason",
                 "[metrics_page]") {
  homes[0]->figures.schema_rejections.add(1);
  homes[0]->figures.count_rate_drops(message_limit::session, 2);
  homes[1]->figures.count_rate_drops(message_limit::address, 3);
  homes[1]->figures.count_rate_drops(message_limit::room, 4);
  const std::string name = "signalbox_messages_dropped_total";
  CHECK(sample(name, "reason=\"schema\"") == "1");
  CHECK(sample(name, "reason=\"session_rate\"") == "2");
  CHECK(sample(name, "reason=\"address_rate\"") == "3");
  CHECK(sample(name, "reason=\"room_rate\"") == "4");
  CHECK(sample("signaling_rate_limit_drops_total") == "9");
}

TEST_CASE_METHOD(two_homes, "metrics_page: a handshake has its outcome",
                 "[metrics_page]") {
  homes[0]->figures.count_handshake(handshake_outcome::upgraded);
  homes[1]->figures.count_handshake(handshake_outcome::upgraded);
  homes[0]->figures.count_handshake(handshake_outcome::timeout);
  homes[1]->figures.count_handshake(handshake_outcome::tls_failure);
  homes[1]->figures.count_handshake(handshake_outcome::no_proxy_header);
  const std::string name = "signalbox_handshakes_total";
  CHECK(sample(name, "outcome=\"101\"") == "2");
  CHECK(sample(name, "outcome=\"400\"") == "0");
  CHECK(sample(name, "outcome=\"no_proxy_header\"") == "1");
  CHECK(sample(name, "outcome=\"timeout\"") == "1");
  CHECK(sample("signalbox_handshake_timeouts_total") == "1");
  CHECK(sample("signalbox_tls_handshake_failures_total") == "1");
}

TEST_CASE_METHOD(two_homes, "metrics_page: a node alone has no probe",
                 "[metrics_page]") {
  CHECK(sample("signalbox_redis_probe_age_seconds") == "none");
  CHECK(sample("signalbox_redis_probe_lag_seconds") == "none");
  CHECK(sample("signalbox_redis_reconnects_total") == "0");
}

TEST_CASE("metrics_page: of probes it shows the worst shard's",
          "[metrics_page]") {
  options settings;
  settings.redis_url.emplace();
  node_state node{settings, "test"};
  const home::clock::time_point now{};
  home one{node, nullptr, now, 0};
  home other{node, nullptr, now, 1};
  const auto text = [&] { return metrics_page(node, {&one, &other}); };
  CHECK(text().find("signalbox_redis_probe_age_seconds 0\n")
        != std::string::npos);
  const std::chrono::nanoseconds since = home::clock::now().time_since_epoch()
                                         - 90s;
  one.figures.redis_heard_ns.set(static_cast<std::uint64_t>(since.count()));
  one.figures.redis_lag_ns.set(2'000'000);
  other.figures.redis_heard_ns.set(
    static_cast<std::uint64_t>((since + 80s).count()));
  other.figures.redis_lag_ns.set(500'000'000);
  std::smatch match;
  const auto page = text();
  REQUIRE(std::regex_search(
    page, match, std::regex{"signalbox_redis_probe_age_seconds (9\\d)"}));
  CHECK(page.find("signalbox_redis_probe_lag_seconds 0.5\n")
        != std::string::npos);
}

TEST_CASE_METHOD(two_homes, "metrics_page: it shows the process and its build",
                 "[metrics_page]") {
  for (const auto* name :
       {"process_cpu_seconds_total", "process_start_time_seconds",
        "process_resident_memory_bytes", "process_virtual_memory_bytes",
        "process_open_fds", "process_max_fds"}) {
    CAPTURE(name);
    CHECK(std::stod(sample(name)) > 0);
  }
  for (const auto* name :
       {"signalbox_malloc_in_use_bytes", "signalbox_malloc_free_bytes",
        "signalbox_malloc_mapped_bytes"}) {
    CAPTURE(name);
    CHECK(std::stod(sample(name)) >= 0);
  }
  CHECK(page().find("signalbox_build_info{version=\"") != std::string::npos);
}
