#include "net/metrics/metrics_parts.hpp"

namespace signalbox {

namespace {

std::vector<std::string_view> actor_kind_names() {
  std::vector<std::string_view> result;
  for (std::size_t i = 0; i < actor_kinds; ++i)
    result.push_back(name_of(static_cast<actor_kind>(i)));
  return result;
}

void add_turn_metrics(metrics_text& out) {
  out.histogram_of_each_shard(
    "signalbox_shard_turn_seconds",
    "Time of a shard's turn, from the events' arrival to its end.",
    [](const home& x) -> const auto& { return x.turns->turn_time; });
  out.for_each_shard("signalbox_shard_busy_seconds_total",
                     "Time spent in turns.", MetricType::Counter,
                     [](const home& x) {
                       return seconds_of(x.turns->busy_nanoseconds);
                     });
  out.for_each_shard(
    "signalbox_shard_load_ratio",
    "Part of the last whole second that was spent in turns.", MetricType::Gauge,
    [](const home& x) {
      return static_cast<double>(x.turns->load_permille.value()) / 1000;
    });
  out.for_each_shard("signalbox_shard_longest_turn_seconds",
                     "The longest turn of the last ten seconds.",
                     MetricType::Gauge, [](const home& x) {
                       return seconds_of(x.turns->longest_turn_ns);
                     });
}

void add_actor_metrics(metrics_text& out) {
  const auto kinds = actor_kind_names();
  out.for_each_value("signalbox_actors", "Actors that are alive, by kind.",
                     MetricType::Gauge, "kind", kinds,
                     [](const figures& x, std::size_t i) -> const cell& {
                       return x.actors[i];
                     });
  out.for_each_value(
    "signalbox_longest_mailbox_messages",
    "The longest mailbox of an actor of the kind in the last ten seconds.",
    MetricType::Gauge, "kind", kinds,
    [](const figures& x, std::size_t i) -> const cell& {
      return x.longest_mailbox[i];
    },
    metrics_text::over_shards::max);
  out.for_each_value("signalbox_actor_failures_total",
                     "Actors that failed, by kind.", MetricType::Counter,
                     "kind", kinds,
                     [](const figures& x, std::size_t i) -> const cell& {
                       return x.actor_failures[i];
                     });
}

} // namespace

void add_shard_metrics(metrics_text& out) {
  if (out.homes().front()->turns)
    add_turn_metrics(out);
  out.for_each_shard("signalbox_shard_sessions", "Sessions that are in a room.",
                     MetricType::Gauge,
                     [](const home& x) { return x.figures.sessions.value(); });
  out.for_each_shard("signalbox_shard_rooms", "Rooms with members.",
                     MetricType::Gauge,
                     [](const home& x) { return x.figures.rooms.value(); });
  add_actor_metrics(out);
}

} // namespace signalbox
