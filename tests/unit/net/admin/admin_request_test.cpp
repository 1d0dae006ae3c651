#include "net/admin/admin_request.hpp"

#include "net/admin/page_token.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace signalbox;

namespace {

constexpr std::string_view api = "/admin/api/v1/";

using outcome = std::variant<admin_request, http_answer>;

outcome read(std::string_view path, std::string_view query = {},
             std::string_view body = {}) {
  const auto whole = std::string{api}.append(path);
  return read_admin_request(admin_place_of(whole), query, body);
}

/// What was asked for; fails if that is an answer.
template <class T>
T asked(const outcome& x) {
  return std::get<T>(std::get<admin_request>(x));
}

template <class T>
T question(const outcome& x) {
  return std::get<T>(asked<inquiry>(x));
}

/// `400 TEXT`.
std::string refusal(const outcome& x) {
  const auto* answer = std::get_if<http_answer>(&x);
  return answer ? std::to_string(answer->status) + ' ' + answer->body : "none";
}

} // namespace

TEST_CASE("admin_request: the page's query is its own affair",
          "[admin_request]") {
  const auto file = read_admin_request(admin_place_of("/admin/a.js"),
                                       "x=%zz&x=1", {});
  CHECK(asked<get_page_file>(file).path == "/admin/a.js");
}

// -- one of a kind ------------------------------------------------------------

TEST_CASE("admin_request: an id names one of a kind", "[admin_request]") {
  CHECK(question<find_session>(read("sessions/18446744073709551615")).id.value
        == std::numeric_limits<std::uint64_t>::max());
  CHECK(question<kick_session>(read("sessions/7/kick")).id.value == 7);
  CHECK(question<find_actor>(read("actors/12")).id == 12);
  CHECK(question<find_room>(read("rooms/a%2Fb%20c")).name == "a/b c");
  CHECK(question<find_room>(read("rooms/a+b")).name == "a+b");
  CHECK(question<close_room>(read("rooms/close/close")).name == "close");
}

TEST_CASE("admin_request: what cannot be an id is not found",
          "[admin_request]") {
  for (const auto* path :
       {"sessions/x", "sessions/-1", "sessions/01", "sessions/1.0",
        "sessions/18446744073709551616", "sessions/x/kick", "actors/x",
        "actors/0x1", "rooms/%", "rooms/%zz/close"}) {
    CAPTURE(path);
    CHECK(refusal(read(path)).substr(0, 4) == "404 ");
  }
}

TEST_CASE("admin_request: one of a kind takes no parameter",
          "[admin_request]") {
  for (const auto* path :
       {"sessions/1", "sessions/1/kick", "rooms/a", "rooms/a/close", "actors/1",
        "overview", "openapi.json"}) {
    CAPTURE(path);
    CHECK(refusal(read(path, "verbose=1"))
          == R"(400 {"error":"verbose: expected no such parameter"})");
  }
}

// -- lists --------------------------------------------------------------------

TEST_CASE("admin_request: a list has defaults", "[admin_request]") {
  const auto sessions = question<list_sessions>(read("sessions")).list;
  CHECK(sessions.items_max == 100);
  CHECK(sessions.order == list_order::id);
  CHECK(sessions.filter.empty());
  CHECK_FALSE(sessions.after);
  const auto actors = question<list_actors>(read("actors"));
  CHECK(actors.list.items_max == 20);
  CHECK(actors.list.order == list_order::handling_time);
  CHECK_FALSE(actors.kind);
}

TEST_CASE("admin_request: a list is ordered by what it says",
          "[admin_request]") {
  const std::pair<const char*, list_order> orders[] = {
    {"id", list_order::id},       {"messages", list_order::messages},
    {"bytes", list_order::bytes}, {"unsent", list_order::unsent},
    {"age", list_order::age},
  };
  for (auto [name, order] : orders) {
    const auto query = std::string{"sort="} + name;
    CHECK(question<list_sessions>(read("sessions", query)).list.order == order);
    CHECK(question<list_rooms>(read("rooms", query)).list.order == order);
  }
  const std::pair<const char*, list_order> columns[] = {
    {"mailboxNow", list_order::mailbox_now},
    {"mailboxMax", list_order::mailbox_max},
    {"handled", list_order::handled},
    {"handlingSeconds", list_order::handling_time},
    {"age", list_order::age},
    {"restarts", list_order::restarts},
  };
  for (auto [name, order] : columns)
    CHECK(question<list_actors>(read("actors", std::string{"sort="} + name))
            .list.order
          == order);
}

TEST_CASE("admin_request: a filter is text as forms write it",
          "[admin_request]") {
  const auto filter = [](std::string_view query) {
    return question<list_sessions>(read("sessions", query)).list.filter;
  };
  CHECK(filter("filter=a+b%2Bc") == "a b+c");
  CHECK(filter("&filter=%C3%A4&") == "\xc3\xa4");
  CHECK(filter("filter=") == "");
  CHECK(filter("filter=a=b") == "a=b");
  CHECK(filter("filter=" + std::string(256, 'x')).size() == 256);
}

TEST_CASE("admin_request: actors of one kind can be asked for",
          "[admin_request]") {
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    const auto kind = static_cast<actor_kind>(i);
    const auto query = "kind=" + std::string{name_of(kind)};
    CHECK(question<list_actors>(read("actors", query)).kind == kind);
  }
}

TEST_CASE("admin_request: a bad parameter is named", "[admin_request]") {
  const auto text = [](std::string_view path, std::string_view query) {
    return refusal(read(path, query));
  };
  for (const auto* value : {"0", "1001", "x", "", "-1", "1.0", "+1", "01"}) {
    CAPTURE(value);
    CHECK(text("sessions", std::string{"limit="} + value)
          == R"(400 {"error":"limit: expected an integer from 1 to 1000"})");
  }
  CHECK(text("actors", "limit=1001")
        == R"(400 {"error":"limit: expected an integer from 0 to 1000"})");
  CHECK(text("rooms", "sort=Id")
        == R"(400 {"error":"sort: expected one of: id, messages, bytes, )"
           R"(unsent, age"})");
  CHECK(text("actors", "sort=id").starts_with("400 {\"error\":\"sort: "));
  CHECK(text("actors", "kind=cat").starts_with("400 {\"error\":\"kind: "));
  CHECK(text("rooms", "filter=" + std::string(257, 'x'))
        == R"(400 {"error":"filter: expected at most 256 characters in )"
           R"(UTF-8"})");
  CHECK(text("rooms", "filter=%ff").starts_with("400 {\"error\":\"filter: "));
  CHECK(text("rooms", "filter=%f").starts_with("400 {\"error\":\"filter: "));
  CHECK(text("rooms", "limit=1&limit=1")
        == R"(400 {"error":"limit: expected to be given once"})");
  CHECK(text("rooms", "colour=red")
        == R"(400 {"error":"colour: expected no such parameter, but some of: )"
           R"(limit, after, filter, sort"})");
  CHECK(text("actors", "after=x").starts_with("400 {\"error\":\"after: "));
  for (const auto* value : {"249", "60001", "", "1e3"}) {
    CAPTURE(value);
    CHECK(text("overview/stream", std::string{"intervalMs="} + value)
          == R"(400 {"error":"intervalMs: expected an integer from 250 to )"
             R"(60000"})");
  }
}

TEST_CASE("admin_request: thousands of parameters are not compared",
          "[admin_request]") {
  std::string query;
  for (int i = 0; i < 5000; ++i)
    query += "&p" + std::to_string(i);
  CHECK(refusal(read("openapi.json", query))
        == R"(400 {"error":"parameters: expected no more than 8"})");
}

TEST_CASE("admin_request: a stranger's parameter is not echoed as it is",
          "[admin_request]") {
  const auto answer =
    refusal(read("rooms", "%0d%0aSet-Cookie%3a" + std::string(9000, 'x')));
  CHECK(answer.size() < 500);
  CHECK(answer.find('\n') == std::string::npos);
}

TEST_CASE("admin_request: a stream has an interval", "[admin_request]") {
  using namespace std::chrono_literals;
  CHECK(asked<stream_overview>(read("overview/stream")).interval == 1000ms);
  CHECK(
    asked<stream_overview>(read("overview/stream", "intervalMs=250")).interval
    == 250ms);
}

// -- pages --------------------------------------------------------------------

TEST_CASE("admin_request: a page goes on where the last one ended",
          "[admin_request]") {
  const list_position last{.rank = 5, .name = {}, .id = 1234567890123};
  const auto token = page_token(last, list_order::bytes);
  const auto list =
    question<list_sessions>(read("sessions", "sort=bytes&after=" + token)).list;
  REQUIRE(list.after);
  CHECK(list.after->rank == 5);
  CHECK(list.after->id == 1234567890123);
  const list_position room{.rank = 0, .name = "a room", .id = 0};
  const auto rooms = question<list_rooms>(
    read("rooms", "after=" + page_token(room, list_order::id)));
  REQUIRE(rooms.list.after);
  CHECK(rooms.list.after->name == "a room");
}

TEST_CASE("admin_request: what is no page's end is refused",
          "[admin_request]") {
  const list_position session{.rank = 1, .name = {}, .id = 7};
  const list_position room{.rank = 1, .name = "a", .id = 0};
  const auto by_bytes = page_token(session, list_order::bytes);
  for (const auto& token :
       {std::string{}, std::string{"x"}, std::string{"!!!!"},
        by_bytes.substr(0, by_bytes.size() - 2), by_bytes + "=",
        std::string(20'000, 'A'), by_bytes, page_token(room, list_order::id)}) {
    CAPTURE(token);
    CHECK(refusal(read("sessions", "after=" + token))
            .starts_with("400 {\"error\":\"after: "));
  }
  CHECK(refusal(read("rooms", "after=" + page_token(session, list_order::id)))
          .starts_with("400 {\"error\":\"after: "));
}

// -- changes ------------------------------------------------------------------

TEST_CASE("admin_request: what is to change stands in query or body",
          "[admin_request]") {
  CHECK(asked<change_drain>(read("drain", "action=start")).action
        == drain_action::start);
  CHECK(asked<change_drain>(read("drain", "action=cancel")).action
        == drain_action::cancel);
  CHECK(asked<change_drain>(read("drain", "", R"({"action":"cancel"})")).action
        == drain_action::cancel);
  const std::pair<const char*, log_level> levels[] = {
    {"trace", log_level::trace}, {"debug", log_level::debug},
    {"info", log_level::info},   {"warn", log_level::warn},
    {"error", log_level::error}, {"off", log_level::off},
  };
  for (auto [name, level] : levels)
    CHECK(
      asked<change_log_level>(read("log-level", std::string{"level="} + name))
        .level
      == level);
}

TEST_CASE("admin_request: what is to change has to be said",
          "[admin_request]") {
  const std::string expected =
    R"(400 {"error":"action: expected one of: start, cancel"})";
  CHECK(refusal(read("drain")) == expected);
  CHECK(refusal(read("drain", "action=stop")) == expected);
  CHECK(refusal(read("drain", "", "{}")) == expected);
  CHECK(refusal(read("log-level", "level=loud"))
        == R"(400 {"error":"level: expected one of: trace, debug, info, warn, )"
           R"(error, off"})");
  CHECK(refusal(read("drain", "action=start", R"({"action":"start"})"))
        == R"(400 {"error":"action: expected to be given once"})");
}

TEST_CASE("admin_request: a body is an object of strings", "[admin_request]") {
  for (const auto* body :
       {"[]", "\"start\"", "{", "action=start", "null", "{}{}",
        R"({"action":"start","action":"start"})", "\xff"}) {
    CAPTURE(body);
    CHECK(refusal(read("drain", "", body))
          == R"(400 {"error":"body: expected one JSON object"})");
  }
  CHECK(refusal(read("drain", "", R"({"action":1})"))
        == R"(400 {"error":"action: expected a string"})");
  CHECK(refusal(read("drain", "", R"({"action":"start","now":"x"})"))
          .starts_with("400 {\"error\":\"now: expected no such parameter"));
  CHECK(question<kick_session>(read("sessions/1/kick", "", "{}")).id.value
        == 1);
}
