#include "net/admin/findings_text.hpp"

#include "net/admin/page_token.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace signalbox;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const moment now{std::chrono::steady_clock::time_point{100s},
                 std::chrono::system_clock::time_point{1'000'000s}};

session_facts session(std::uint64_t id) {
  session_facts result;
  result.id = session_id{id};
  result.actor = 40 + id;
  result.shard = 1;
  result.state = session_state::open;
  result.talks = dialect::v1;
  result.room = "lobby";
  result.client = ip_address::parse("192.0.2.7").value();
  result.subject = "ann";
  result.age = 1500ms;
  result.messages_in = 1;
  result.messages_out = 2;
  result.bytes_in = 3;
  result.bytes_out = 4;
  result.unsent_bytes = 5;
  return result;
}

room_facts room(const char* name) {
  room_facts result;
  result.name = name;
  result.actor = 9;
  result.shard = 1;
  result.members = 3;
  result.has_remote = true;
  result.messages = 4;
  result.bytes = 5;
  result.unsent_bytes = 6;
  result.age = 2s;
  return result;
}

http_answer answer_to(const inquiry& question, findings what) {
  findings_text text{question, std::move(what), now};
  while (text.go_on()) {
  }
  return std::move(text).answer();
}

json parsed(const inquiry& question, findings what) {
  const auto answer = answer_to(question, std::move(what));
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  return json::parse(answer.body);
}

const auto session_7 = json::parse(R"({
  "id": "7", "actor": "47", "room": "lobby", "shard": 1, "state": "open",
  "address": "192.0.2.7", "dialect": "v1", "subject": "ann",
  "ageSeconds": 1.5, "messagesIn": 1, "messagesOut": 2, "bytesIn": 3,
  "bytesOut": 4, "unsentBytes": 5, "lastPongSeconds": null})");

} // namespace

TEST_CASE("findings_text: a page of sessions", "[findings_text]") {
  sessions_page page;
  page.items = {session(7)};
  page.items.push_back(session(8));
  page.items.back().since_pong = 250ms;
  page.total = 9;
  page.next = list_position{.rank = 0, .name = {}, .id = 8};
  const auto text = parsed(list_sessions{}, page);
  REQUIRE(text["items"].size() == 2);
  CHECK(text["items"][0] == session_7);
  CHECK(text["items"][1]["lastPongSeconds"] == 0.25);
  CHECK(text["total"] == 9);
  const auto next = read_page_token(text["next"].get<std::string>(),
                                    list_order::id);
  REQUIRE(next);
  CHECK(next->id == 8);
}

TEST_CASE("findings_text: `next` keeps the order", "[findings_text]") {
  rooms_page page;
  page.items = {room("a")};
  page.next = list_position{.rank = 5, .name = "a", .id = 0};
  list_rooms question;
  question.list.order = list_order::bytes;
  const auto next = parsed(question, page)["next"].get<std::string>();
  CHECK(read_page_token(next, list_order::bytes)->name == "a");
  CHECK_FALSE(read_page_token(next, list_order::id));
}

TEST_CASE("findings_text: an empty page", "[findings_text]") {
  CHECK(answer_to(list_sessions{}, sessions_page{}).body
        == R"({"items":[],"total":0,"next":null})");
  CHECK(answer_to(list_rooms{}, rooms_page{}).body
        == R"({"items":[],"total":0,"next":null})");
}

TEST_CASE("findings_text: a long page is made in pieces", "[findings_text]") {
  constexpr auto count = 2 * findings_text::items_per_piece + 1;
  sessions_page page;
  for (std::uint64_t i = 0; i < count; ++i)
    page.items.push_back(session(i));
  findings_text text{list_sessions{}, page, now};
  CHECK(text.go_on());
  CHECK(text.go_on());
  CHECK_FALSE(text.go_on());
  const auto items = json::parse(std::move(text).answer().body)["items"];
  REQUIRE(items.size() == count);
  for (std::size_t i = 0; i < items.size(); ++i)
    CHECK(items[i]["id"] == std::to_string(i));
}

TEST_CASE("findings_text: a page of as many as a piece holds",
          "[findings_text]") {
  sessions_page page;
  for (std::uint64_t i = 0; i < findings_text::items_per_piece; ++i)
    page.items.push_back(session(i));
  findings_text text{list_sessions{}, page, now};
  CHECK_FALSE(text.go_on());
  CHECK(json::parse(std::move(text).answer().body)["items"].size()
        == findings_text::items_per_piece);
}

TEST_CASE("findings_text: rooms count their members", "[findings_text]") {
  rooms_page page;
  page.items = {room("a")};
  page.total = 1;
  CHECK(parsed(list_rooms{}, page)["items"][0] == json::parse(R"({
    "id": "a", "shard": 1, "actor": "9", "members": 3, "hasRemote": true,
    "messages": 4, "bytes": 5, "unsentBytes": 6, "ageSeconds": 2.0})"));
}

TEST_CASE("findings_text: one room lists its members", "[findings_text]") {
  const auto text = parsed(find_room{"a"},
                           room_details{room("a"), {session(7)}});
  CHECK(text["id"] == "a");
  CHECK(text["memberCount"] == 3);
  CHECK(text["members"] == json::array({session_7}));
  CHECK(parsed(find_room{"a"}, room_details{room("a"), {}})["members"]
        == json::array());
}

TEST_CASE("findings_text: one session shows its recorder", "[findings_text]") {
  session_details found{session(7), {}};
  found.events.push_back({.at = now.steady - 2500ms,
                          .kind = event_kind::in,
                          .detail = 0,
                          .bytes = 12});
  auto text = parsed(find_session{session_id{7}}, found);
  CHECK(text["events"] == json::parse(R"([{
    "at": "1970-01-12T13:46:37.500Z", "ageSeconds": 2.5, "event": "in",
    "detail": "offer", "bytes": 12}])"));
  text.erase("events");
  CHECK(text == session_7);
}

TEST_CASE("findings_text: actors, by kind and one by one", "[findings_text]") {
  actors_page page;
  page.total = 5;
  auto& sessions = page.by_kind[0];
  sessions = {.count = 2,
              .mailbox_now = 3,
              .mailbox_max = 4,
              .handled = 5,
              .handling_time = 500ms,
              .restarts = 0};
  actor_facts one;
  one.id = 12;
  one.kind = actor_kind::room;
  one.room = "a";
  one.handled = 6;
  page.items = {one};
  page.by_kind[1] = {.count = 10,
                     .mailbox_now = 1,
                     .mailbox_max = 2,
                     .handled = 20,
                     .handling_time = 1s,
                     .restarts = 7};
  const auto text = parsed(list_actors{}, page);
  CHECK(text["total"] == 5);
  CHECK(text["totals"] == json::parse(R"({
    "count": 12, "mailboxNow": 4, "mailboxMax": 4, "handled": 25,
    "handlingSeconds": 1.5, "restarts": 7})"));
  REQUIRE(text["byKind"].size() == actor_kinds);
  CHECK(text["byKind"][0] == json::parse(R"({
    "kind": "session", "count": 2, "mailboxNow": 3, "mailboxMax": 4,
    "handled": 5, "handlingSeconds": 0.5, "restarts": 0})"));
  CHECK(text["top"] == json::parse(R"([{
    "id": "12", "kind": "room", "shard": 0, "session": "", "room": "a",
    "mailboxNow": 0, "mailboxMax": 0, "handled": 6, "handlingSeconds": 0.0,
    "ageSeconds": 0.0, "restarts": 0}])"));
  CHECK_FALSE(text.contains("next"));
}

TEST_CASE("findings_text: one actor shows what it handled", "[findings_text]") {
  actor_details found;
  found.facts.kind = actor_kind::session;
  found.facts.session = session_id{7};
  found.handled_by_type = {{"deliver", 3}, {"reply", 1}};
  found.histogram.counts = {1, 2, 3, 4, 5, 6};
  found.histogram.sum = 1s;
  const auto text = parsed(find_actor{1}, found);
  CHECK(text["session"] == "7");
  CHECK(text["handledByType"] == json::parse(R"({"deliver": 3, "reply": 1})"));
  const auto& histogram = text["handlingHistogram"];
  CHECK(histogram["bounds"].size() == handling_histogram::bounds.size());
  CHECK(histogram["counts"] == json::parse("[1, 2, 3, 4, 5, 6]"));
  CHECK(histogram["sumSeconds"] == 1.0);
}

TEST_CASE("findings_text: what was done", "[findings_text]") {
  CHECK(
    answer_to(kick_session{session_id{7}}, kicked_session{session_id{7}, "a"})
      .body
    == R"({"session":"7","room":"a"})");
  CHECK(answer_to(close_room{"a"}, closed_room{"a", 3, true}).body
        == R"({"room":"a","sessions":3,"hasRemote":true})");
}

TEST_CASE("findings_text: what is not there", "[findings_text]") {
  const auto answer = answer_to(find_room{"a"}, not_found{});
  CHECK(answer.status == 404);
  CHECK(answer.body == R"({"error":"there is none of this id"})");
}

TEST_CASE("findings_text: texts of clients become UTF-8", "[findings_text]") {
  auto found = session(7);
  found.subject = "\xff\n\"";
  sessions_page page;
  page.items = {found};
  CHECK(parsed(list_sessions{}, page)["items"][0]["subject"]
        == "\xef\xbf\xbd\n\"");
}
