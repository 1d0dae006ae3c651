#include "net/admin/admin_request.hpp"

#include "conf/percent.hpp"
#include "conf/value.hpp"
#include "net/admin/json_answer.hpp"
#include "net/admin/page_token.hpp"
#include "net/admin/parameters.hpp"

#include <array>

namespace signalbox {

namespace {

using namespace std::literals;

constexpr std::size_t filter_characters_max = 256;
constexpr std::uint64_t items_max = 1000;

// -- lists --------------------------------------------------------------------

constexpr std::array session_orders{"id"sv, "messages"sv, "bytes"sv, "unsent"sv,
                                    "age"sv};
constexpr std::array session_order_values{list_order::id, list_order::messages,
                                          list_order::bytes, list_order::unsent,
                                          list_order::age};
constexpr std::array actor_orders{"mailboxNow"sv, "mailboxMax"sv,
                                  "handled"sv,    "handlingSeconds"sv,
                                  "age"sv,        "restarts"sv};
constexpr std::array actor_order_values{
  list_order::mailbox_now,   list_order::mailbox_max, list_order::handled,
  list_order::handling_time, list_order::age,         list_order::restarts};
constexpr std::size_t handling_seconds = 3;

enum class listed : std::uint8_t { rooms, sessions };

bool is_place_of(listed what, const list_position& x) noexcept {
  return what == listed::rooms ? x.id == 0 : x.name.empty();
}

list_request read_list(parameters& given, listed what) {
  given.allow({"limit", "after", "filter", "sort"});
  list_request result;
  result.items_max = given.integer("limit", 1, items_max, 100);
  result.filter = given.text("filter", filter_characters_max);
  result.order = session_order_values[given.word("sort", session_orders, 0)];
  if (const auto* after = given.find("after")) {
    result.after = read_page_token(*after, result.order);
    if (!result.after || !is_place_of(what, *result.after))
      given.complain("after",
                     "`next` of the page before, of a list with the "
                     "same sort");
  }
  return result;
}

list_actors read_actors(parameters& given) {
  given.allow({"limit", "kind", "filter", "sort"});
  std::array<std::string_view, actor_kinds> kinds;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    kinds[i] = name_of(static_cast<actor_kind>(i));
  list_actors result;
  result.list.items_max = given.integer("limit", 0, items_max, 20);
  result.list.filter = given.text("filter", filter_characters_max);
  result.list.order =
    actor_order_values[given.word("sort", actor_orders, handling_seconds)];
  const auto kind = given.word("kind", kinds, kinds.size());
  if (kind < kinds.size())
    result.kind = static_cast<actor_kind>(kind);
  return result;
}

// -- changes ------------------------------------------------------------------

/// Like `word`, and it has to be there.
std::size_t needed_word(parameters& given, std::string_view name,
                        std::span<const std::string_view> words) {
  given.allow({name});
  const auto result = given.word(name, words, words.size());
  if (result < words.size())
    return result;
  // Complains of one that is missing as of one that is unknown.
  std::string all;
  for (auto x : words)
    all += (all.empty() ? "" : ", ") + std::string{x};
  given.complain(name, "one of: " + all);
  return 0;
}

change_drain read_drain(parameters& given) {
  static constexpr std::array actions{"start"sv, "cancel"sv};
  return {needed_word(given, "action", actions) == 0 ? drain_action::start
                                                     : drain_action::cancel};
}

change_log_level read_level(parameters& given) {
  static constexpr std::array levels{"trace"sv, "debug"sv, "info"sv,
                                     "warn"sv,  "error"sv, "off"sv};
  return {
    static_cast<signalbox::log_level>(needed_word(given, "level", levels))};
}

// -- one of a kind ------------------------------------------------------------

/// Nothing if there can be none of this id.
std::optional<inquiry> question_about(const admin_place& where) {
  using enum admin_resource;
  if (where.what == room || where.what == room_close) {
    auto name = percent_decoded(where.name);
    if (!name)
      return std::nullopt;
    return where.what == room ? inquiry{find_room{std::move(*name)}}
                              : inquiry{close_room{std::move(*name)}};
  }
  const auto number = read_integer(where.name);
  if (!number)
    return std::nullopt;
  if (where.what == session)
    return find_session{session_id{*number}};
  if (where.what == session_kick)
    return kick_session{session_id{*number}};
  return find_actor{*number};
}

std::variant<admin_request, http_answer> read(const admin_place& where,
                                              parameters& given) {
  using enum admin_resource;
  switch (where.what) {
    case page_file:
      return get_page_file{std::string{where.name}};
    case overview_stream:
      given.allow({"intervalMs"});
      return stream_overview{std::chrono::milliseconds{
        given.integer("intervalMs", 250, 60'000, 1000)}};
    case rooms:
      return inquiry{list_rooms{read_list(given, listed::rooms)}};
    case sessions:
      return inquiry{list_sessions{read_list(given, listed::sessions)}};
    case actors:
      return inquiry{read_actors(given)};
    case drain:
      return read_drain(given);
    case log_level:
      return read_level(given);
    case overview:
      given.allow({});
      return get_overview{};
    case description:
      given.allow({});
      return get_api_description{};
    case room:
    case room_close:
    case session:
    case session_kick:
    case actor:
      given.allow({});
      if (auto question = question_about(where))
        return std::move(*question);
      break;
    case none:
      break;
  }
  return json_error(404, "there is none of this id");
}

} // namespace

std::variant<admin_request, http_answer>
read_admin_request(const admin_place& where, std::string_view query,
                   std::string_view body) {
  // The page's own parameters are not ours to judge.
  parameters given{where.what == admin_resource::page_file ? "" : query, body};
  auto result = read(where, given);
  if (given.complaint())
    return *given.complaint();
  return result;
}

} // namespace signalbox
