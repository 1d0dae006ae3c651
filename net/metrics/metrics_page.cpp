#include "net/metrics/metrics_page.hpp"

#include "net/metrics/metrics_parts.hpp"

namespace signalbox {

// The dashboards of the reference server read these.
void add_reference_metrics(metrics_text& out, const node_state& node) {
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

std::string metrics_page(const node_state& node,
                         const std::vector<const home*>& homes) {
  metrics_text out{homes};
  add_reference_metrics(out, node);
  add_client_metrics(out, node);
  add_backplane_metrics(out, node);
  add_shard_metrics(out);
  add_process_metrics(out);
  return out.text();
}

} // namespace signalbox
