#include "net/metrics/metrics_parts.hpp"

#include <chrono>

namespace signalbox {

namespace {

using namespace std::chrono;

/// The oldest of the shards' last good probes.
double probe_age_seconds(const std::vector<const home*>& homes) {
  const auto now = home::clock::now().time_since_epoch();
  auto age = nanoseconds::zero();
  for (const auto* x : homes) {
    const nanoseconds heard{x->figures.redis_heard_ns.value()};
    if (heard > nanoseconds::zero())
      age = std::max<nanoseconds>(age, now - heard);
  }
  return duration<double>(age).count();
}

double probe_lag_seconds(const std::vector<const home*>& homes) {
  double lag = 0;
  for (const auto* x : homes)
    lag = std::max(lag, seconds_of(x->figures.redis_lag_ns));
  return lag;
}

} // namespace

void add_backplane_metrics(metrics_text& out, const node_state& node) {
  out.counter("signalbox_redis_disconnects_total",
              "Connections to Redis that were lost or could not be opened.",
              &figures::redis_disconnects);
  out.counter("signalbox_redis_reconnects_total",
              "Connections to Redis that were made again.",
              &figures::redis_reconnects);
  out.counter("signalbox_redis_publishes_total",
              "Messages published for members on other nodes.",
              &figures::redis_publishes);
  out.counter("signalbox_redis_publish_drops_total",
              "Messages late for publishing or refused by Redis, of rooms that "
              "may have had members on other nodes.",
              &figures::redis_drops);
  out.counter("signalbox_redis_heard_drops_total",
              "Messages of other nodes that could not be read or were over "
              "MESSAGE_MAX_BYTES.",
              &figures::redis_unheard);
  out.histogram("signalbox_redis_delivery_seconds",
                "Time from publishing a probe to hearing it.",
                &figures::redis_delivery);
  if (!node.is_clustered)
    return;
  out.gauge("signalbox_redis_probe_lag_seconds",
            "Time the last probe took, on the slowest shard.",
            probe_lag_seconds(out.homes()));
  out.gauge("signalbox_redis_probe_age_seconds",
            "Time since a probe was heard, on the shard where it is longest.",
            probe_age_seconds(out.homes()));
}

} // namespace signalbox
