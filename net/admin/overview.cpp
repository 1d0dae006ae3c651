#include "net/admin/overview.hpp"

#include "conf/load.hpp"
#include "conf/log.hpp"
#include "conf/value.hpp"
#include "net/admin/json_answer.hpp"
#include "net/process_figures.hpp"

#include <nlohmann/json.hpp>

namespace signalbox {

namespace {

using json = nlohmann::ordered_json;

using homes = std::vector<const home*>;

double seconds(std::chrono::nanoseconds x) {
  return std::chrono::duration<double>(x).count();
}

double seconds(const cell& nanoseconds) {
  return seconds(std::chrono::nanoseconds(nanoseconds.value()));
}

std::uint64_t sum(const homes& all, cell figures::*member) {
  std::uint64_t result = 0;
  for (const auto* x : all)
    result += (x->figures.*member).value();
  return result;
}

std::uint64_t rate_drops(const homes& all, message_limit which) {
  std::uint64_t result = 0;
  for (const auto* x : all)
    result += x->figures.rate_drops[static_cast<std::size_t>(which)].value();
  return result;
}

// -- histograms ---------------------------------------------------------------

json to_json(const std::vector<const duration_histogram*>& parts) {
  std::vector<std::uint64_t> counts(duration_histogram::bounds.size() + 1);
  double sum = 0;
  for (const auto* x : parts) {
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] += x->count_in(i);
    sum += seconds(x->sum());
  }
  return {{"bounds", duration_histogram::bounds},
          {"counts", std::move(counts)},
          {"sumSeconds", sum}};
}

json to_json(const homes& all, duration_histogram figures::*member) {
  std::vector<const duration_histogram*> parts;
  for (const auto* x : all)
    parts.push_back(&(x->figures.*member));
  return to_json(parts);
}

// -- parts --------------------------------------------------------------------

json to_json(const home& x) {
  static const turn_figures no_turns;
  const auto& turns = x.turns ? *x.turns : no_turns;
  return {{"shard", x.shard},
          {"sessions", x.figures.sessions.value()},
          {"rooms", x.figures.rooms.value()},
          {"load", static_cast<double>(turns.load_permille.value()) / 1000},
          {"busySeconds", seconds(turns.busy_nanoseconds)},
          {"turns", turns.turns.value()},
          {"turnSeconds", to_json({&turns.turn_time})},
          {"longestTurnSeconds", seconds(turns.longest_turn_ns)}};
}

json shards_of(const homes& all) {
  auto result = json::array();
  for (const auto* x : all)
    result.push_back(to_json(*x));
  return result;
}

json to_json(const cluster_nodes& cluster) {
  auto result = json::array();
  for (const auto& x : cluster)
    result.push_back(
      {{"node", x.id},
       {"isSelf", x.is_self},
       {"isAlive", x.is_alive},
       {"shards", x.shards},
       {"leaseSeconds", x.lease ? json(seconds(*x.lease)) : json(nullptr)}});
  return result;
}

json backplane_of(const node_state& node) {
  return {{"kind", node.settings.redis_url ? "redis" : "embedded"},
          {"state", node.is_backplane_up ? "up" : "down"},
          {"breaker", node.is_circuit_open ? "open" : "closed"}};
}

json counters_of(const homes& all) {
  return {{"messagesReceived", sum(all, &figures::messages_received)},
          {"messagesForwarded", sum(all, &figures::messages_forwarded)},
          {"sessionsOpened", sum(all, &figures::sessions_opened)},
          {"schemaRejections", sum(all, &figures::schema_rejections)},
          {"rateLimitDrops", sum(all, &figures::rate_limit_drops)},
          {"sessionRateDrops", rate_drops(all, message_limit::session)},
          {"addressRateDrops", rate_drops(all, message_limit::address)},
          {"roomRateDrops", rate_drops(all, message_limit::room)},
          {"backpressureCloses", sum(all, &figures::backpressure_closes)},
          {"heartbeatDrops", sum(all, &figures::heartbeat_drops)},
          {"authFailures", sum(all, &figures::auth_failures)},
          {"authBlocks", sum(all, &figures::auth_blocks)},
          {"redisPublishes", sum(all, &figures::redis_publishes)},
          {"redisPublishDrops", sum(all, &figures::redis_drops)},
          {"redisDisconnects", sum(all, &figures::redis_disconnects)}};
}

/// By the reasons there are: errors of a single message end nothing.
json ends_of(const homes& all) {
  auto result = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(ec::bad_json); ++i) {
    const auto reason = static_cast<ec>(i);
    const auto name = name_of(reason);
    if (name == "unknown")
      continue;
    std::uint64_t count = 0;
    for (const auto* x : all)
      count += x->figures.sessions_ended[i].value();
    result[reason == ec::none ? "left" : std::string{name}] = count;
  }
  return result;
}

json process_of(const process_figures& x) {
  return {{"residentBytes", x.resident_bytes},
          {"descriptors", x.descriptors},
          {"descriptorsMax", x.descriptors_max},
          {"cpuSeconds", x.cpu_seconds}};
}

json limits_of(const node_state& node) {
  const auto& x = node.settings;
  return {{"RATE_LIMIT_CONN_PER_10S", x.rate_limit_conn_per_10s},
          {"RATE_LIMIT_MESSAGES_PER_10S", x.rate_limit_messages_per_10s},
          {"RATE_LIMIT_IP_MSGS_PER_10S", x.rate_limit_ip_msgs_per_10s},
          {"RATE_LIMIT_ROOM_MSGS_PER_10S", x.rate_limit_room_msgs_per_10s},
          {"ROOM_CAPACITY", x.room_capacity},
          {"ROOM_TTL_SECONDS", x.room_ttl.count()},
          {"ROOM_ID_MAX_LENGTH", x.room_id_max_length},
          {"MESSAGE_MAX_BYTES", x.message_max_bytes},
          {"BACKPRESSURE_THRESHOLD_BYTES", x.backpressure_threshold_bytes},
          {"MAX_CONNECTIONS", node.connections_max},
          {"MAX_CONNECTIONS_PER_IP", x.max_connections_per_ip},
          {"AUTH_FAILURES_PER_10S", x.auth_failures_per_10s},
          {"AUTH_BLOCK_MS", x.auth_block.count()},
          {"HEARTBEAT_INTERVAL_MS", x.heartbeat_interval.count()},
          {"HANDSHAKE_TIMEOUT_MS", x.handshake_timeout.count()},
          {"DRAIN_TIMEOUT_MS", x.drain_timeout.count()},
          {"CB_ERROR_THRESHOLD", x.cb_error_threshold},
          {"CB_OPEN_MS", x.cb_open.count()}};
}

} // namespace

overview::overview(const node_state& node, std::vector<const home*> all)
  : node_(node), homes_(std::move(all)) {
  // nop
}

std::string overview::text(const cluster_nodes& cluster) const {
  const auto up = std::chrono::steady_clock::now() - started_;
  return to_text({
    {"node", node_.id},
    {"version", version()},
    {"environment", name_of(node_.settings.node_env)},
    {"uptimeSeconds", seconds(up)},
    {"isReady", node_.is_ready()},
    {"isDraining", node_.is_draining.load()},
    {"logLevel", name_of(log::level())},
    {"sessions", sum(homes_, &figures::sessions)},
    {"connections", node_.open_connections()},
    {"rooms", sum(homes_, &figures::rooms)},
    {"shards", shards_of(homes_)},
    {"backplane", backplane_of(node_)},
    {"cluster", to_json(cluster)},
    {"counters", counters_of(homes_)},
    {"sessionsEnded", ends_of(homes_)},
    {"fanoutSeconds", to_json(homes_, &figures::fanout_latency)},
    {"redisCommandSeconds", to_json(homes_, &figures::redis_latency)},
    {"redisDeliverySeconds", to_json(homes_, &figures::redis_delivery)},
    {"process", process_of(read_process_figures())},
    {"limits", limits_of(node_)},
  });
}

cluster_nodes overview::alone() const {
  return {{.id = node_.id,
           .is_self = true,
           .is_alive = true,
           .shards = static_cast<std::uint32_t>(homes_.size()),
           .lease = std::nullopt}};
}

} // namespace signalbox
