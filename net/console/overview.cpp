#include "net/console/overview.hpp"

#include "net/console/figures.hpp"
#include "net/console/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

namespace signalbox::console {

namespace {

using lines = std::vector<std::string>;

constexpr std::size_t bar_columns = 20;

std::string escaped_or_unknown(const json& value, std::string_view name) {
  const auto text = text_of(value, name);
  return text.empty() ? unknown : escaped(text);
}

/// Two overviews, and the time between them.
class window {
public:
  explicit window(const overview_picture& picture)
    : now_(picture.now), earlier_(picture.earlier) {
    seconds_ = figure_of(now_, "uptimeSeconds");
    const auto before = number_of(earlier_, "uptimeSeconds");
    is_since_start_ = !before || *before >= seconds_
                      || text_of(earlier_, "node") != text_of(now_, "node");
    if (!is_since_start_)
      seconds_ -= *before;
  }

  /// By how much a figure grew in a second.
  std::optional<double> rate(std::string_view group,
                             std::string_view name) const {
    const auto now = number_of(member(now_, group), name);
    if (!now || seconds_ <= 0)
      return std::nullopt;
    return std::max(0.0, *now - before(group, name)) / seconds_;
  }

  std::optional<histogram> durations(std::string_view name) const {
    return grown(member(now_, name), member(earlier_, name));
  }

  /// Of the shard in this place of the list.
  std::optional<histogram> turns(std::size_t place) const {
    const auto shard_in = [&](const json& overview) -> const json& {
      const auto& shards = elements(member(overview, "shards"));
      return place < shards.size() ? member(shards[place], "turnSeconds")
                                   : member({}, "");
    };
    return grown(shard_in(now_), shard_in(earlier_));
  }

  /// `over 1.00s`
  std::string extent() const {
    return is_since_start_ ? "since the start"
                           : "over " + duration_text(seconds_);
  }

private:
  std::optional<histogram> grown(const json& now, const json& earlier) const {
    auto result = read_histogram(now);
    if (result && !is_since_start_)
      result = since(*result, read_histogram(earlier));
    return result;
  }

  double before(std::string_view group, std::string_view name) const {
    return is_since_start_ ? 0 : figure_of(member(earlier_, group), name);
  }

  const json& now_;
  const json& earlier_;
  double seconds_ = 0;
  bool is_since_start_ = true;
};

/// `fan-out p50 120us p99 1.80ms`
std::string quantiles(std::string_view what,
                      const std::optional<histogram>& durations) {
  const auto part = [&](double q) {
    return duration_text(durations ? quantile(*durations, q) : std::nullopt);
  };
  return std::string{what} + " p50 " + part(0.5) + " p99 " + part(0.99);
}

/// What sessions end with that nobody refused, as the alert SignalboxRefusals
/// has it. Those who read too slowly are counted as backpressure.
constexpr std::string_view ends_without_refusal[] = {
  "left",          "draining", "slow_consumer",
  "token_expired", "kicked",   "room_closed"};

/// By reason: messages and sessions that were refused, and sessions closed for
/// reading too slowly.
std::vector<std::pair<double, std::string>> refusals(const json& now,
                                                     const window& over) {
  std::vector<std::pair<double, std::string>> result;
  const auto add = [&](std::string_view group, std::string_view name,
                       std::string_view shown) {
    const auto rate = over.rate(group, name).value_or(0);
    if (rate > 0)
      result.emplace_back(rate, escaped(shown));
  };
  add("counters", "schemaRejections", "schema");
  add("counters", "sessionRateDrops", "session rate");
  add("counters", "addressRateDrops", "address rate");
  add("counters", "roomRateDrops", "room rate");
  add("counters", "backpressureCloses", "backpressure");
  const auto& ended = member(now, "sessionsEnded");
  if (ended.is_object())
    for (const auto& [reason, count] : ended.items())
      if (std::ranges::find(ends_without_refusal, reason)
          == std::end(ends_without_refusal))
        add("sessionsEnded", reason, reason);
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& x, const auto& y) {
                     return x.first > y.first;
                   });
  return result;
}

lines head_of(const overview_picture& picture, const window& over) {
  const auto& now = picture.now;
  const auto is_draining = is_true(now, "isDraining");
  const auto is_ready = is_true(now, "isReady");
  lines result;
  result.push_back("signalbox " + escaped_or_unknown(now, "node") + "  "
                   + escaped_or_unknown(now, "version") + "  "
                   + escaped_or_unknown(now, "environment") + "  up "
                   + age_text(number_of(now, "uptimeSeconds")) + "  "
                   + (is_draining ? "DRAINING"
                      : is_ready  ? "ready"
                                  : "NOT READY")
                   + "  log " + escaped_or_unknown(now, "logLevel"));
  if (!picture.trouble.empty())
    result.push_back("! " + picture.trouble);
  const auto& process = member(now, "process");
  result.push_back(
    "sessions " + count_text(number_of(now, "sessions")) + "  rooms "
    + count_text(number_of(now, "rooms")) + "  connections "
    + count_text(number_of(now, "connections")) + "  memory "
    + bytes_text(number_of(process, "residentBytes")) + "  descriptors "
    + count_text(number_of(process, "descriptors")) + "/"
    + count_text(number_of(process, "descriptorsMax")) + "  cpu "
    + share_text(over.rate("process", "cpuSeconds")));
  const auto reasons = refusals(now, over);
  double refused = 0;
  std::string by_reason;
  for (const auto& [rate, reason] : reasons) {
    refused += rate;
    by_reason += "  " + reason + " " + rate_text(rate) + "/s";
  }
  result.push_back(
    "messages in " + rate_text(over.rate("counters", "messagesReceived"))
    + "/s out " + rate_text(over.rate("counters", "messagesForwarded")) + "/s  "
    + quantiles("fan-out", over.durations("fanoutSeconds")) + "  ("
    + over.extent() + ")");
  result.push_back("refusals " + rate_text(refused) + "/s" + by_reason);
  const auto& backplane = member(now, "backplane");
  auto line = "backplane " + escaped_or_unknown(backplane, "kind") + " "
              + escaped_or_unknown(backplane, "state") + "  breaker "
              + escaped_or_unknown(backplane, "breaker");
  if (text_of(backplane, "kind") == "redis")
    line += "  " + quantiles("delivery", over.durations("redisDeliverySeconds"))
            + "  "
            + quantiles("commands", over.durations("redisCommandSeconds"));
  result.push_back(line);
  return result;
}

/// `[#####---------------]  25%`
std::string load_bar(std::optional<double> load) {
  const auto share = std::clamp(load.value_or(0), 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::lround(share * bar_columns));
  return "[" + std::string(full, '#') + std::string(bar_columns - full, '-')
         + "] " + padded(share_text(load), 4, true);
}

lines shards_of(const json& now, const window& over) {
  rows cells;
  for (const auto& x : elements(member(now, "shards"))) {
    const auto turns = over.turns(cells.size());
    cells.push_back(
      {count_text(number_of(x, "shard")), load_bar(number_of(x, "load")),
       count_text(number_of(x, "sessions")), count_text(number_of(x, "rooms")),
       duration_text(turns ? quantile(*turns, 0.99) : std::nullopt),
       duration_text(number_of(x, "longestTurnSeconds"))});
  }
  return table({{"SHARD", true},
                {"LOAD"},
                {"SESSIONS", true},
                {"ROOMS", true},
                {"TURN-P99", true},
                {"LONGEST", true}},
               cells);
}

lines cluster_of(const json& now) {
  rows cells;
  for (const auto& x : elements(member(now, "cluster"))) {
    const auto lease = number_of(x, "leaseSeconds");
    cells.push_back({escaped_or_unknown(x, "node"),
                     is_true(x, "isAlive") ? "alive" : "GONE",
                     count_text(number_of(x, "shards")),
                     !lease       ? unknown
                     : *lease < 0 ? "over " + age_text(-*lease) + " ago"
                                  : "for " + age_text(lease),
                     is_true(x, "isSelf") ? "this one" : ""});
  }
  return table({{"NODE"}, {"STATE"}, {"SHARDS", true}, {"LEASE"}, {""}}, cells);
}

lines actors_of(const json& actors) {
  rows cells;
  for (const auto& x : elements(member(actors, "top"))) {
    const auto handled = figure_of(x, "handled");
    const auto seconds = number_of(x, "handlingSeconds");
    cells.push_back(
      {escaped_or_unknown(x, "id"), escaped_or_unknown(x, "kind"),
       count_text(number_of(x, "shard")), duration_text(seconds),
       count_text(number_of(x, "handled")),
       duration_text(seconds && handled > 0 ? std::optional{*seconds / handled}
                                            : std::nullopt),
       count_text(number_of(x, "mailboxNow")),
       count_text(number_of(x, "mailboxMax")), escaped_or_unknown(x, "session"),
       escaped_or_unknown(x, "room")});
  }
  return table({{"ACTOR"},
                {"KIND"},
                {"SHARD", true},
                {"TIME", true},
                {"HANDLED", true},
                {"MEAN", true},
                {"MAILBOX", true},
                {"MAX", true},
                {"SESSION"},
                {"ROOM"}},
               cells);
}

/// The first lines of `section`, and how many more there are if not all fit;
/// its head counts. REQUIRES: 0 < room <= section.size().
void append_some(lines& out, const lines& section, std::size_t room) {
  const auto is_whole = section.size() == room;
  const auto shown = static_cast<std::ptrdiff_t>(is_whole ? room : room - 1);
  out.insert(out.end(), section.begin(), section.begin() + shown);
  if (!is_whole)
    out.push_back("... " + std::to_string(section.size() - room + 1) + " more");
}

using section_list = std::array<lines, 3>;

/// How many lines of each fit into `free`, with a blank one before it: all get
/// the same, and what one does not need goes to the others.
std::array<std::size_t, 3> shared_out(const section_list& sections,
                                      std::size_t free) {
  std::array<std::size_t, 3> order{0, 1, 2};
  std::stable_sort(order.begin(), order.end(), [&](auto x, auto y) {
    return sections[x].size() < sections[y].size();
  });
  std::array<std::size_t, 3> result{};
  auto left = order.size();
  for (const auto i : order) {
    const auto part = free / left--;
    const auto room = std::min(sections[i].size(), part > 0 ? part - 1 : 0);
    // A head alone, or with no line below it, says nothing.
    if (sections[i].size() < 2 || (room < sections[i].size() && room < 3))
      continue;
    result[i] = room;
    free -= room + 1;
  }
  return result;
}

} // namespace

std::vector<std::string> render(const overview_picture& picture,
                                std::size_t width, std::size_t height) {
  const window over{picture};
  auto result = head_of(picture, over);
  const section_list sections{shards_of(picture.now, over),
                              cluster_of(picture.now),
                              actors_of(picture.actors)};
  const auto free = height > result.size() ? height - result.size() : 0;
  const auto rooms = shared_out(sections, height == 0 ? SIZE_MAX : free);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (rooms[i] == 0)
      continue;
    result.emplace_back();
    append_some(result, sections[i], rooms[i]);
  }
  if (height != 0 && result.size() > height)
    result.resize(height);
  for (auto& line : result)
    line = cut(line, width);
  return result;
}

} // namespace signalbox::console
