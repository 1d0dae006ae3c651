#include "backplane/redis_commands.hpp"

#include "tests/support/fake_redis.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// A command connection alone.
struct command_line : deterministic_system {
  command_line() {
    at().wires = &wires;
    commands = spawn<redis_commands>(server_id{1}, login,
                                     spawn<fake_hub>(reports));
    tell(commands, target_atom_v, wire_target{"redis.test", 6379, false});
  }

  fake_line& line() { return *wires.lines.back(); }

  void connect() {
    line().open();
    line().commands();
    std::string replies = ok + ok + ok;
    for (std::size_t i = 0; i < script_ids; ++i)
      replies += bulk("sha-" + std::to_string(i));
    line().say(replies);
    run();
  }

  std::shared_ptr<answer<outcome_ptr>> ask_for(redis_command command) {
    auto result = ask<outcome_ptr>(
      commands, run_atom_v,
      command_ptr{std::make_shared<redis_command>(std::move(command))});
    run();
    return result;
  }

  std::shared_ptr<answer<outcome_ptr>> get(const std::string& key) {
    redis_command command;
    command.words = {"GET", key};
    return ask_for(std::move(command));
  }

  void beat_after(clock::duration span) {
    advance(span);
    tell(commands, beat_atom_v);
  }

  void reply(const std::string& bytes) {
    line().say(bytes);
    run();
  }

  static redis_outcome::kind
  kind_of(const std::shared_ptr<answer<outcome_ptr>>& x) {
    REQUIRE(x->value);
    return (*x->value)->type;
  }

  fake_wires wires;
  transcript& reports = new_transcript();
  redis_login login{"user", "password", 3, "signalbox"};
  redis_commands_actor commands;
};

using kind = redis_outcome::kind;

} // namespace

TEST_CASE_METHOD(command_line,
                 "redis_commands: it logs in, chooses the database and loads "
                 "the scripts",
                 "[redis_commands]") {
  line().open();
  const auto asked = line().commands();
  REQUIRE(asked.size() == 3 + script_ids);
  CHECK(asked[0] == "AUTH user password");
  CHECK(asked[1] == "SELECT 3");
  CHECK(asked[2] == "CLIENT SETNAME signalbox-commands");
  CHECK(asked[3] == "SCRIPT LOAD <join>");
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: a refused login is tried again, later",
                 "[redis_commands]") {
  line().open();
  line().say("-WRONGPASS invalid username-password pair\r\n");
  CHECK(line().is_closed);
  tell(commands, beat_atom_v);
  CHECK(wires.lines.size() == 1);
  beat_after(1s);
  CHECK(wires.lines.size() == 2);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: replies belong to commands in their order",
                 "[redis_commands]") {
  connect();
  const auto first = get("a");
  const auto second = get("b");
  CHECK(line().commands() == transcript{"GET a", "GET b"});
  reply(bulk("1") + bulk("2"));
  REQUIRE(first->value);
  REQUIRE(second->value);
  CHECK((*first->value)->reply.text == "1");
  CHECK((*second->value)->reply.text == "2");
  std::uint64_t observed = 0;
  for (std::size_t i = 0; i <= duration_histogram::bounds.size(); ++i)
    observed += at().figures.redis_latency.count_in(i);
  CHECK(observed == 2);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: what is asked before there is a connection "
                 "waits for it",
                 "[redis_commands]") {
  const auto result = get("a");
  connect();
  CHECK(line().commands() == transcript{"GET a"});
  reply(bulk("1"));
  CHECK(kind_of(result) == kind::answered);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: without a connection for 1 s it is unsent",
                 "[redis_commands]") {
  const auto result = get("a");
  beat_after(1000ms);
  CHECK_FALSE(result->is_there());
  beat_after(1ms);
  CHECK(kind_of(result) == kind::unsent);
  connect();
  CHECK(line().commands().empty());
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: without a reply for 1 s it is lost, and its "
                 "late reply nobody's",
                 "[redis_commands]") {
  connect();
  const auto late = get("a");
  beat_after(1001ms);
  CHECK(kind_of(late) == kind::lost);
  line().commands();
  const auto next = get("b");
  // Nothing is written while the oldest reply is late.
  CHECK(line().commands().empty());
  reply(bulk("1"));
  CHECK(line().commands() == transcript{"GET b"});
  reply(bulk("2"));
  REQUIRE(next->value);
  CHECK((*next->value)->reply.text == "2");
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: after 3 s of silence it connects again",
                 "[redis_commands]") {
  connect();
  get("a");
  beat_after(3000ms);
  CHECK_FALSE(line().is_closed);
  beat_after(1ms);
  CHECK(line().is_closed);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: with the connection goes what is unanswered",
                 "[redis_commands]") {
  connect();
  const auto result = get("a");
  line().lose();
  run();
  CHECK(kind_of(result) == kind::lost);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: no more than 256 KiB are ever unanswered",
                 "[redis_commands]") {
  connect();
  const std::string large(100 * 1024, 'x');
  for (int i = 0; i < 5; ++i)
    get(large);
  CHECK(line().commands().size() == 2);
  reply(bulk("1"));
  CHECK(line().commands().size() == 1);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: what does not fit into the queue fails at "
                 "once",
                 "[redis_commands]") {
  const std::string large(1024 * 1024, 'x');
  for (int i = 0; i < 3; ++i)
    get(large);
  const auto result = get(large + large);
  CHECK(kind_of(result) == kind::unsent);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: a script that Redis has lost is sent whole",
                 "[redis_commands]") {
  connect();
  redis_command command;
  command.script = script_id::leave;
  command.keys = 1;
  command.words = {"room:a", "m"};
  const auto result = ask_for(std::move(command));
  CHECK(line().commands() == transcript{"EVALSHA sha-1 1 room:a m"});
  reply("-NOSCRIPT No matching script\r\n");
  CHECK(line().commands() == transcript{"EVAL <leave> 1 room:a m"});
  reply(integer(1));
  CHECK(kind_of(result) == kind::answered);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: publishes that cannot be written in time are "
                 "dropped and counted",
                 "[redis_commands]") {
  std::string publish;
  append_command(publish, {"PUBLISH", "a", "b"});
  append_command(publish, {"PUBLISH", "a", "c"});
  tell(commands, publish_atom_v, publish, std::uint32_t{2}, true);
  beat_after(1001ms);
  CHECK(at().figures.redis_drops.value() == 2);
  connect();
  CHECK(line().commands().empty());
  tell(commands, publish_atom_v, publish, std::uint32_t{2}, true);
  CHECK(line().commands() == transcript{"PUBLISH a b", "PUBLISH a c"});
  CHECK(at().figures.redis_drops.value() == 2);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: each refused publish is counted, and a slot "
                 "that moved is told",
                 "[redis_commands]") {
  connect();
  std::string publishes;
  for (int i = 0; i < 4; ++i)
    append_command(publishes, {"SPUBLISH", "room:a", "x"});
  tell(commands, publish_atom_v, publishes, std::uint32_t{4}, true);
  tell(commands, publish_atom_v, publishes, std::uint32_t{4}, true);
  reports.clear();
  const std::string moved = "-MOVED 7 10.0.0.2:6379\r\n";
  reply(integer(1) + moved + moved + integer(0));
  CHECK(at().figures.redis_drops.value() == 2);
  CHECK(reports == transcript{"moved MOVED 7 10.0.0.2:6379"});
  reply("-OOM no\r\n" + moved + moved + moved);
  CHECK(at().figures.redis_drops.value() == 6);
  CHECK(reports.size() == 2);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: a drain ends with the last reply",
                 "[redis_commands]") {
  connect();
  get("a");
  const auto done = ask<drained_atom>(commands, drain_atom_v);
  run();
  CHECK_FALSE(done->is_there());
  reply(bulk("1"));
  CHECK(done->value);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: without a connection there is nothing to "
                 "drain",
                 "[redis_commands]") {
  get("a");
  const auto done = ask<drained_atom>(commands, drain_atom_v);
  run();
  CHECK(done->value);
}

TEST_CASE_METHOD(command_line,
                 "redis_commands: what is not RESP ends the connection",
                 "[redis_commands]") {
  connect();
  reply("HTTP/1.1 400 Bad Request\r\n");
  CHECK(line().is_closed);
}
