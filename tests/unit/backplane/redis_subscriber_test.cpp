#include "backplane/redis_subscriber.hpp"

#include "tests/support/fake_redis.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct subscriber_line : deterministic_system {
  explicit subscriber_line(bool is_sharded = false) {
    at().wires = &wires;
    subscriber = spawn<redis_subscriber>(server_id{1}, login, is_sharded,
                                         spawn<fake_hub>(heard));
    tell(subscriber, target_atom_v, wire_target{"redis.test", 6379, false});
  }

  fake_line& line() { return *wires.lines.back(); }

  void connect(std::int64_t client) {
    line().open();
    line().commands();
    say(ok + integer(client)
        + array({bulk("subscribe"), bulk("__redis__:invalidate"), integer(1)}));
  }

  void say(const std::string& bytes) {
    line().say(bytes);
    run();
  }

  void subscribe(const std::string& channel) {
    tell(subscriber, channel_atom_v, channel);
  }

  fake_wires wires;
  transcript& heard = new_transcript();
  redis_login login{"", "", 0, "signalbox"};
  redis_subscriber_actor subscriber;
};

struct sharded_line : subscriber_line {
  sharded_line() : subscriber_line(true) {}
};

} // namespace

TEST_CASE_METHOD(subscriber_line,
                 "redis_subscriber: its CLIENT ID is told, and that it is gone",
                 "[redis_subscriber]") {
  connect(7);
  line().lose();
  run();
  CHECK(heard == transcript{"subscriber 7", "subscriber 0"});
}

TEST_CASE_METHOD(subscriber_line,
                 "redis_subscriber: one that may not hear of changed keys says "
                 "so, and is there",
                 "[redis_subscriber]") {
  line().open();
  say(ok + integer(7) + "-NOPERM no such channel\r\n");
  CHECK(heard == transcript{"subscriber 7 NOPERM no such channel"});
  subscribe("room:a");
  CHECK(line().commands().back() == "SUBSCRIBE room:a");
}

TEST_CASE_METHOD(subscriber_line,
                 "redis_subscriber: what one event brings is told in order",
                 "[redis_subscriber]") {
  connect(7);
  heard.clear();
  say(array({bulk("subscribe"), bulk("room:a"), integer(2)})
      + array({bulk("message"), bulk("room:a"), bulk("1")})
      + array({bulk("message"), bulk("__redis__:invalidate"),
               array({bulk("room:a")})})
      + array({bulk("message"), bulk("room:a"), bulk("2")})
      + array({bulk("message"), bulk("__redis__:invalidate"), "*-1\r\n"})
      + "-ERR no\r\n");
  CHECK(heard
        == transcript{"subscribed room:a", "message room:a 1",
                      "invalidated room:a", "message room:a 2",
                      "all invalidated", "refused ERR no"});
}

TEST_CASE_METHOD(subscriber_line,
                 "redis_subscriber: subscriptions are taken up again",
                 "[redis_subscriber]") {
  subscribe("room:a");
  connect(7);
  CHECK(line().commands() == transcript{"SUBSCRIBE room:a"});
  subscribe("room:b");
  tell(subscriber, hush_atom_v, std::string{"room:a"});
  CHECK(line().commands()
        == transcript{"SUBSCRIBE room:b", "UNSUBSCRIBE room:a"});
  line().lose();
  advance(1s);
  tell(subscriber, beat_atom_v);
  connect(8);
  CHECK(line().commands() == transcript{"SUBSCRIBE room:b"});
}

TEST_CASE_METHOD(subscriber_line,
                 "redis_subscriber: an end that was asked for is not told",
                 "[redis_subscriber]") {
  connect(7);
  subscribe("room:a");
  subscribe("room:b");
  tell(subscriber, hush_atom_v, std::string{"room:a"});
  heard.clear();
  say(array({bulk("unsubscribe"), bulk("room:a"), integer(2)}));
  CHECK(heard.empty());
  say(array({bulk("unsubscribe"), bulk("room:b"), integer(1)}));
  CHECK(heard == transcript{"unsubscribed room:b"});
}

TEST_CASE_METHOD(subscriber_line, "redis_subscriber: a deaf one connects again",
                 "[redis_subscriber]") {
  connect(7);
  tell(subscriber, renew_atom_v);
  CHECK(line().is_closed);
  advance(1s);
  tell(subscriber, beat_atom_v);
  CHECK(wires.lines.size() == 2);
}

TEST_CASE_METHOD(sharded_line,
                 "redis_subscriber: sharded channels are asked for one by one",
                 "[redis_subscriber]") {
  connect(7);
  subscribe("room:a");
  subscribe("room:b");
  line().commands();
  line().lose();
  advance(1s);
  tell(subscriber, beat_atom_v);
  connect(8);
  auto asked = line().commands();
  std::sort(asked.begin(), asked.end());
  CHECK(asked == transcript{"SSUBSCRIBE room:a", "SSUBSCRIBE room:b"});
  heard.clear();
  say(array({bulk("ssubscribe"), bulk("room:a"), integer(1)})
      + array({bulk("smessage"), bulk("room:a"), bulk("1")}));
  CHECK(heard == transcript{"subscribed room:a", "message room:a 1"});
}
