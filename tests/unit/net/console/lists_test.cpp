#include "net/console/lists.hpp"

#include <catch2/catch.hpp>

using namespace signalbox::console;

namespace {

using lines = std::vector<std::string>;

const char* const session_text = R"({
  "id": "5", "actor": "17", "room": "lobby", "shard": 1, "state": "open",
  "address": "192.0.2.1", "dialect": "base", "subject": "a\u001b[31m",
  "ageSeconds": 65.2, "messagesIn": 3, "messagesOut": 2000, "bytesIn": 600,
  "bytesOut": 4096, "unsentBytes": 0, "lastPongSeconds": null})";

const lines session_table{
  "SESSION  SHARD  STATE    AGE  IN   OUT  BYTES-IN  BYTES-OUT  UNSENT  PONG  "
  "DIALECT  ADDRESS    ROOM   SUBJECT",
  "5            1  open   1m05s   3  2000       600       4.0K       0     -  "
  "base     192.0.2.1  lobby  a\\x1b[31m"};

} // namespace

TEST_CASE("lists: sessions are a table", "[console]") {
  const auto items = json::array({*read_json(session_text)});
  CHECK(render_list(command::sessions, items) == session_table);
}

TEST_CASE("lists: rooms are a table", "[console]") {
  const auto items = *read_json(R"([{"id": "lobby", "shard": 0, "actor": "9",
    "members": 2, "hasRemote": true, "messages": 10, "bytes": 2048,
    "unsentBytes": 5, "ageSeconds": 3700}])");
  CHECK(
    render_list(command::rooms, items)
    == lines{"ROOM   SHARD  MEMBERS  REMOTE    AGE  MESSAGES  BYTES  UNSENT",
             "lobby      0        2  yes     1h01m        10   2.0K       5"});
}

TEST_CASE("lists: actors are a table, and their kinds", "[console]") {
  const auto items = *read_json(R"([{"id": "9", "kind": "room", "shard": 0,
    "session": "", "room": "lobby", "mailboxNow": 1, "mailboxMax": 4,
    "handled": 12, "handlingSeconds": 0.0021, "ageSeconds": 5,
    "restarts": 0}])");
  CHECK(render_list(command::actors, items)
        == lines{"ACTOR  KIND  SHARD    TIME  HANDLED  MAILBOX  MAX  AGE  "
                 "RESTARTS  SESSION  ROOM",
                 "9      room      0  2.10ms       12        1    4   5s  "
                 "       0  -        lobby"});
  const auto kinds = *read_json(R"([{"kind": "room", "count": 3,
    "mailboxNow": 1, "mailboxMax": 4, "handled": 12, "handlingSeconds": 2,
    "restarts": 1}])");
  CHECK(render_kinds(kinds)
        == lines{"KIND  COUNT   TIME  HANDLED  MAILBOX  MAX  RESTARTS",
                 "room      3  2.00s       12        1    4         1"});
}

TEST_CASE("lists: an item that is none is a row of dashes", "[console]") {
  const auto items = json::array({nullptr});
  CHECK(render_list(command::rooms, items)[1]
        == "-         -        -  no        -         -      -       -");
  CHECK(render_list(command::rooms, json{}).size() == 1);
}

TEST_CASE("lists: one session is shown with its recorder", "[console]") {
  auto session = *read_json(R"({"id": "5", "lastPongSeconds": null,
    "subject": "a\nb"})");
  session["events"] = *read_json(R"([
    {"at": "2026-11-24T09:05:01.002Z", "ageSeconds": 65, "event": "joined",
     "detail": "", "bytes": 0},
    {"at": "2026-11-24T09:05:02.002Z", "ageSeconds": 64, "event": "in",
     "detail": "offer", "bytes": 200}])");
  CHECK(render_one(session)
        == lines{"id               5", "lastPongSeconds  null",
                 "subject          a\\x0ab", "",
                 "AT                          AGO  EVENT   BYTES  DETAIL",
                 "2026-11-24T09:05:01.002Z  1m05s  joined      0  -",
                 "2026-11-24T09:05:02.002Z  1m04s  in        200  offer"});
}

TEST_CASE("lists: one room is shown with its members", "[console]") {
  json room = {{"id", "lobby"}, {"hasRemote", false}};
  room["members"] = json::array({*read_json(session_text)});
  CHECK(render_one(room)
        == lines{"id         lobby", "hasRemote  false", "", session_table[0],
                 session_table[1]});
}

TEST_CASE("lists: one actor is shown with what it handled", "[console]") {
  const auto actor = *read_json(R"({"id": "9", "handlingSeconds": 0.5,
    "handledByType": {"deliver": 10, "reply": 2},
    "handlingHistogram": {"bounds": [0.00001, 0.001], "counts": [0, 11, 1],
                          "sumSeconds": 0.5}})");
  CHECK(render_one(actor)
        == lines{"id               9", "handlingSeconds  0.5", "",
                 "MESSAGE  HANDLED", "deliver       10", "reply          2", "",
                 "HANDLING      TIMES", "up to 1.00ms     11",
                 "longer            1"});
}
