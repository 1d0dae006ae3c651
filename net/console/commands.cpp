#include "net/console/commands.hpp"

#include "conf/percent.hpp"
#include "net/console/figures.hpp"
#include "net/console/lists.hpp"
#include "net/console/plain_text.hpp"
#include "net/console/terminal.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>
#include <unistd.h>
#include <utility>

namespace signalbox::console {

namespace {

/// Of the API.
constexpr std::size_t page_rows_max = 1000;
/// Of ours: as many as nothing can hold, but a node may be wrong.
constexpr std::size_t rows_max = 1'000'000;
constexpr std::chrono::milliseconds drain_poll{200};

// Of the last question of a wait that is over.
constexpr std::chrono::milliseconds shortest_patience{1000};

int complain(const std::string& why) {
  std::cerr << "signalbox: " << why << '\n';
  return 1;
}

/// As wide as the terminal; all of it where it is read by a program.
void print(const std::vector<std::string>& lines) {
  const auto width = size_of(STDOUT_FILENO).value_or(terminal_size{0, 0}).width;
  for (const auto& line : lines)
    std::cout << cut(line, width) << '\n';
}

std::string_view word_of(command which) {
  return which == command::sessions ? "sessions"
         : which == command::rooms  ? "rooms"
                                    : "actors";
}

/// `sessions?limit=100&filter=a%26b`
std::string list_path(const console_options& options,
                      std::optional<std::size_t> limit,
                      const std::string& after) {
  std::string result{word_of(options.command)};
  char separator = '?';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty())
      return;
    result += separator + std::string{name} + '=' + percent_encoded(value);
    separator = '&';
  };
  if (limit)
    add("limit", std::to_string(*limit));
  add("after", after);
  add("filter", options.filter);
  add("sort", options.sort);
  add("kind", options.kind);
  return result;
}

/// All pages up to the limit as one page, in `page`; else why not.
std::string collect(const console_options& options, admin_client& client,
                    json& page) {
  const auto wanted = options.limit.value_or(0) == 0 ? rows_max
                                                     : *options.limit;
  json items = json::array();
  std::string after;
  for (;;) {
    std::optional<std::size_t> limit;
    if (options.limit)
      limit = std::min(wanted - items.size(), page_rows_max);
    const auto path = list_path(options, limit, after);
    auto answer = client.ask({.path = path, .body = {}});
    if (!answer.failure.empty())
      return answer.failure;
    page = std::move(answer.body);
    const auto& some = member(page, "items");
    if (!some.is_array())
      return std::string{word_of(options.command)} + ": no list of items in it";
    items.insert(items.end(), some.begin(), some.end());
    const auto next = text_of(page, "next");
    if (!options.limit || next.empty() || items.size() >= wanted)
      break;
    // It would never end.
    if (some.empty() || next == after)
      return std::string{word_of(options.command)}
             + ": the node's pages lead nowhere";
    after = next;
  }
  page["items"] = std::move(items);
  return {};
}

/// How many are not shown, for people; `how`: how to see others.
void mention_rest(std::size_t shown, const json& answer, std::string_view how) {
  const auto total = figure_of(answer, "total");
  if (total > static_cast<double>(shown))
    std::cerr << "signalbox: " << shown << " of " << count_text(total) << "; "
              << how << '\n';
}

int list_pages(const console_options& options, admin_client& client) {
  json page;
  if (const auto why = collect(options, client, page); !why.empty())
    return complain(why);
  if (options.wants_json) {
    std::cout << line_of(page) << '\n';
    return 0;
  }
  const auto& items = member(page, "items");
  print(render_list(options.command, items));
  mention_rest(items.size(), page, "--limit sets how many, 0 is all");
  return 0;
}

int list_actors(const console_options& options, admin_client& client) {
  auto limit = options.limit;
  // There are no pages of them.
  if (limit)
    limit = *limit == 0 ? page_rows_max : std::min(*limit, page_rows_max);
  const auto answer =
    client.ask({.path = list_path(options, limit, ""), .body = {}});
  if (!answer.failure.empty())
    return complain(answer.failure);
  if (options.wants_json) {
    std::cout << line_of(answer.body) << '\n';
    return 0;
  }
  auto kinds = member(answer.body, "byKind");
  if (auto all = member(answer.body, "totals");
      kinds.is_array() && all.is_object()) {
    all["kind"] = "all";
    kinds.push_back(std::move(all));
  }
  print(render_kinds(kinds));
  std::cout << '\n';
  const auto& top = elements(member(answer.body, "top"));
  print(render_list(command::actors, top));
  mention_rest(top.size(), answer.body,
               "--limit sets how many, up to 1000; --kind and --filter which");
  return 0;
}

int show_one(const console_options& options, admin_client& client) {
  const auto answer = client.ask(
    {.path = path_of(word_of(options.command), options.operand), .body = {}});
  if (!answer.failure.empty())
    return complain(answer.failure);
  if (options.wants_json)
    std::cout << line_of(answer.body) << '\n';
  else
    print(render_one(answer.body));
  return 0;
}

/// Prints what was done, in the words that `said` makes of the answer.
template <class Said>
int act(const console_options& options, admin_client& client,
        const admin_request& request, Said said) {
  const auto answer = client.ask(request);
  if (!answer.failure.empty())
    return complain(answer.failure);
  std::cout << (options.wants_json ? line_of(answer.body) : said(answer.body))
            << std::endl;
  return 0;
}

int wait_for_nobody(const console_options& options, admin_client& client) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
    const auto answer = client.ask(
      {.path = "overview",
       .body = {},
       .patience = std::clamp(left, shortest_patience, admin_patience)});
    if (!answer.failure.empty())
      return complain(answer.failure);
    const auto sessions = number_of(answer.body, "sessions");
    if (!sessions)
      return complain("overview: no number of sessions in it");
    if (!is_true(answer.body, "isDraining"))
      return complain("the drain was cancelled; sessions left: "
                      + count_text(sessions));
    if (*sessions == 0)
      return 0;
    if (std::chrono::steady_clock::now() + drain_poll > deadline)
      return complain("still draining; sessions left: " + count_text(sessions));
    std::this_thread::sleep_for(drain_poll);
  }
}

int drain(const console_options& options, admin_client& client) {
  const auto code = act(
    options, client,
    {.method = "POST",
     .path = "drain",
     .body = json{{"action", options.is_cancel ? "cancel" : "start"}}.dump()},
    [](const json& x) -> std::string {
      return is_true(x, "isDraining") ? "draining" : "not draining";
    });
  return code != 0 || !options.is_wait ? code
                                       : wait_for_nobody(options, client);
}

int kick(const console_options& options, admin_client& client) {
  return act(options, client,
             {.method = "POST",
              .path = path_of("sessions", options.operand, "kick"),
              .body = {}},
             [](const json& x) {
               return "kicked session " + escaped(text_of(x, "session"))
                      + " of room " + escaped(text_of(x, "room"));
             });
}

int close_room(const console_options& options, admin_client& client) {
  return act(
    options, client,
    {.method = "POST",
     .path = path_of("rooms", options.operand, "close"),
     .body = {}},
    [](const json& x) {
      return "closed room " + escaped(text_of(x, "room"))
             + ", sessions told: " + count_text(number_of(x, "sessions"))
             + (is_true(x, "hasRemote") ? "; members on other nodes stay" : "");
    });
}

int set_log_level(const console_options& options, admin_client& client) {
  return act(options, client,
             {.method = "PUT",
              .path = "log-level",
              .body = json{{"level", options.operand}}.dump()},
             [](const json& x) {
               return "log level " + escaped(text_of(x, "level"));
             });
}

int show_overview(admin_client& client) {
  const auto answer = client.ask({.path = "overview", .body = {}});
  if (!answer.failure.empty())
    return complain(answer.failure);
  std::cout << line_of(answer.body) << '\n';
  return 0;
}

} // namespace

int run_command(const console_options& options, admin_client& client) {
  switch (options.command) {
    case command::sessions:
    case command::rooms:
      return options.operand.empty() ? list_pages(options, client)
                                     : show_one(options, client);
    case command::actors:
      return options.operand.empty() ? list_actors(options, client)
                                     : show_one(options, client);
    case command::kick:
      return kick(options, client);
    case command::close:
      return close_room(options, client);
    case command::drain:
      return drain(options, client);
    case command::log_level:
      return set_log_level(options, client);
    case command::overview:
    case command::top:
      break;
  }
  return show_overview(client);
}

} // namespace signalbox::console
