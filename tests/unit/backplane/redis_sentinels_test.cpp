#include "backplane/redis_sentinels.hpp"

#include "tests/support/fake_redis.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct two_sentinels : deterministic_system {
  two_sentinels() {
    at().wires = &wires;
    url.kind = redis_url::topology::sentinel;
    url.hosts = {{"one.test", 26379}, {"two.test", 26380}};
    url.master_name = "mymaster";
    spawn<redis_sentinels>(url, spawn<fake_hub>(found));
    run();
  }

  fake_line& line() { return *wires.lines.back(); }

  void connect() {
    line().open();
    line().say(ok);
    run();
  }

  void answer_master(const std::string& host, const std::string& port) {
    line().commands();
    line().say(array({bulk(host), bulk(port)}));
    run();
  }

  redis_url url;
  fake_wires wires;
  transcript& found = new_transcript();
};

} // namespace

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: the first one is asked for the master",
                 "[redis_sentinels]") {
  CHECK(line().target.host == "one.test");
  line().open();
  CHECK(line().commands()
        == transcript{"CLIENT SETNAME signalbox-testtesttest-sentinels"});
  line().say(ok);
  CHECK(line().commands()
        == transcript{"SENTINEL get-master-addr-by-name mymaster"});
  answer_master("10.0.0.1", "6379");
  CHECK(found == transcript{"at 10.0.0.1 6379"});
}

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: a master that moved is told once",
                 "[redis_sentinels]") {
  connect();
  answer_master("10.0.0.1", "6379");
  advance(1050ms);
  answer_master("10.0.0.1", "6379");
  advance(1050ms);
  answer_master("10.0.0.2", "6380");
  advance(1050ms);
  answer_master("10.0.0.2", "6380");
  CHECK(found == transcript{"at 10.0.0.1 6379", "at 10.0.0.2 6380"});
}

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: after one that cannot be reached comes the "
                 "next",
                 "[redis_sentinels]") {
  line().lose();
  advance(1050ms);
  CHECK(line().target.host == "two.test");
}

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: after one that does not answer comes the "
                 "next",
                 "[redis_sentinels]") {
  connect();
  advance(1050ms);
  CHECK(line().target.host == "two.test");
}

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: after one that does not know comes the next",
                 "[redis_sentinels]") {
  connect();
  line().say("*-1\r\n");
  run();
  CHECK(line().target.host == "two.test");
  CHECK(found.empty());
}
