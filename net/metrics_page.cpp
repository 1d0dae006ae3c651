#include "net/metrics_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <utility>

namespace signalbox {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class page {
public:
  explicit page(const std::vector<const home*>& homes) : homes_(homes) {
    // nop
  }

  void gauge(const char* name, const char* help, double value) {
    auto& x = family(name, help, MetricType::Gauge);
    x.gauge.value = value;
  }

  void gauge(const char* name, const char* help, cell figures::*member) {
    gauge(name, help, sum(member));
  }

  void counter(const char* name, const char* help, cell figures::*member) {
    auto& x = family(name, help, MetricType::Counter);
    x.counter.value = sum(member);
  }

  // One counter with one label. `read` gives a figure's value in one shard.
  template <class Read>
  void counters(const char* name, const char* help, const char* label,
                const std::vector<std::string_view>& values, Read read) {
    MetricFamily result{name, help, MetricType::Counter, {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
      ClientMetric x;
      x.label.push_back({label, std::string{values[i]}});
      for (const auto* home : homes_)
        x.counter.value += static_cast<double>(read(home->figures, i).value());
      result.metric.push_back(std::move(x));
    }
    families_.push_back(std::move(result));
  }

  void histogram(const char* name, const char* help,
                 duration_histogram figures::*member) {
    auto& x = family(name, help, MetricType::Histogram).histogram;
    const auto& bounds = duration_histogram::bounds;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      for (const auto* home : homes_)
        x.sample_count += (home->figures.*member).count_in(i);
      const auto bound =
        i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      x.bucket.push_back({x.sample_count, bound});
    }
    for (const auto* home : homes_)
      x.sample_sum +=
        std::chrono::duration<double>((home->figures.*member).sum()).count();
  }

  std::string text() const {
    return prometheus::TextSerializer{}.Serialize(families_);
  }

private:
  ClientMetric& family(const char* name, const char* help, MetricType type) {
    families_.push_back({name, help, type, {ClientMetric{}}});
    return families_.back().metric.front();
  }

  double sum(cell figures::*member) const {
    std::uint64_t result = 0;
    for (const auto* home : homes_)
      result += (home->figures.*member).value();
    return static_cast<double>(result);
  }

  const std::vector<const home*>& homes_;
  std::vector<MetricFamily> families_;
};

// What a session can end with, or be refused for.
constexpr ec end_reasons[] = {
  ec::none,
  ec::invalid_room_id,
  ec::unauthorized,
  ec::room_forbidden,
  ec::origin_not_allowed,
  ec::wss_required,
  ec::subprotocol_required,
  ec::dialect_not_supported,
  ec::address_limited,
  ec::room_full,
  ec::backplane_unavailable,
  ec::keys_unavailable,
  ec::slow_consumer,
  ec::draining,
  ec::token_expired,
  ec::kicked,
  ec::room_closed,
  ec::internal,
};

std::vector<std::string_view> end_reason_names() {
  std::vector<std::string_view> result;
  for (auto x : end_reasons)
    result.push_back(x == ec::none ? "left" : name_of(x));
  return result;
}

std::vector<std::string_view> actor_kind_names() {
  std::vector<std::string_view> result;
  for (std::size_t i = 0; i < actor_kinds; ++i)
    result.push_back(name_of(static_cast<actor_kind>(i)));
  return result;
}

// The names of the reference server; its dashboards read them.
void add_reference_figures(page& out, const node_state& node) {
  out.gauge("signaling_active_connections", "Sessions that are in a room.",
            &figures::sessions);
  out.gauge("signaling_local_rooms", "Rooms with members on this node.",
            &figures::rooms);
  out.gauge("signaling_redis_up",
            "1 if the backplane can be reached; always 1 on a standalone node.",
            node.is_backplane_up ? 1 : 0);
  out.gauge("signaling_circuit_breaker_open",
            "1 while the circuit breaker is open or half-open.",
            node.is_circuit_open ? 1 : 0);
  out.counter("signaling_messages_forwarded_total",
              "Messages delivered to a member, local or remote.",
              &figures::messages_forwarded);
  out.counter("signaling_schema_rejections_total",
              "Messages refused because they are not valid.",
              &figures::schema_rejections);
  out.counter("signaling_rate_limit_drops_total",
              "Messages dropped because a rate limit was reached.",
              &figures::rate_limit_drops);
  out.counter("signaling_backpressure_closes_total",
              "Sessions closed because they read too slowly.",
              &figures::backpressure_closes);
  out.histogram("signaling_redis_cmd_latency_seconds",
                "Time from writing a Redis command to its reply.",
                &figures::redis_latency);
  out.histogram(
    "signaling_fanout_latency_seconds",
    "Time from a message's arrival until its room has passed it on.",
    &figures::fanout_latency);
}

void add_own_figures(page& out, const node_state& node) {
  out.gauge("signalbox_connections",
            "WebSocket connections, refused and closing ones included.",
            static_cast<double>(node.connections.load()));
  out.gauge("signalbox_http_connections",
            "Connections that are not (yet) WebSocket sessions.",
            &figures::handshakes);
  out.gauge("signalbox_ready", "1 if /readyz answers 200.",
            node.is_ready() ? 1 : 0);
  out.counter("signalbox_sessions_opened_total",
              "Sessions that entered a room.", &figures::sessions_opened);
  out.counters(
    "signalbox_sessions_ended_total", "Sessions ended or refused, by reason.",
    "reason", end_reason_names(),
    [](const figures& x, std::size_t i) -> const cell& {
      return x.sessions_ended[static_cast<std::size_t>(end_reasons[i])];
    });
  out.counter("signalbox_messages_received_total",
              "Messages of clients, before any check.",
              &figures::messages_received);
  out.counter("signalbox_heartbeat_drops_total",
              "Connections dropped because a ping was not answered.",
              &figures::heartbeat_drops);
  out.counter("signalbox_handshake_timeouts_total",
              "Connections closed because their request took too long.",
              &figures::handshake_timeouts);
  out.counter("signalbox_tls_handshake_failures_total",
              "TLS handshakes that failed, timeouts not included.",
              &figures::tls_handshake_failures);
  out.counter("signalbox_accept_pauses_total",
              "Times no descriptor was left and accepting paused.",
              &figures::accept_pauses);
  out.counter("signalbox_auth_failures_total", "Tokens that were refused.",
              &figures::auth_failures);
  out.counter("signalbox_auth_blocks_total",
              "Addresses blocked for too many refused tokens.",
              &figures::auth_blocks);
  out.counter("signalbox_auth_block_refusals_total",
              "Upgrades refused because their address was blocked.",
              &figures::auth_block_refusals);
  out.counter("signalbox_jwks_fetches_total",
              "Fetches of the issuer's key set that have begun.",
              &figures::jwks_fetches);
  out.counter("signalbox_jwks_fetch_failures_total",
              "Fetches of the issuer's key set that have failed.",
              &figures::jwks_fetch_failures);
  out.counter("signalbox_redis_disconnects_total",
              "Connections to Redis that were lost or could not be opened.",
              &figures::redis_disconnects);
  out.counter("signalbox_redis_publishes_total",
              "Messages published for members on other nodes.",
              &figures::redis_publishes);
  out.counter("signalbox_redis_publish_drops_total",
              "Messages that could not be published in time.",
              &figures::redis_drops);
  out.histogram("signalbox_redis_delivery_seconds",
                "Time from publishing a probe to hearing it.",
                &figures::redis_delivery);
  out.counters("signalbox_actor_failures_total", "Actors that failed, by kind.",
               "kind", actor_kind_names(),
               [](const figures& x, std::size_t i) -> const cell& {
                 return x.actor_failures[i];
               });
}

} // namespace

std::string metrics_page(const node_state& node,
                         const std::vector<const home*>& homes) {
  page out{homes};
  add_reference_figures(out, node);
  add_own_figures(out, node);
  return out.text();
}

} // namespace signalbox
