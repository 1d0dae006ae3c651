#include "backplane/redis_sentinels.hpp"

#include "tests/support/fake_redis.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct two_sentinels : deterministic_system {
  explicit two_sentinels(const std::string& user = {},
                         const std::string& password = {}) {
    at().wires = &wires;
    url.user = user;
    url.password = password;
    url.kind = redis_url::topology::sentinel;
    url.hosts = {{"one.test", 26379}, {"two.test", 26380}};
    url.master_name = "mymaster";
    watch = spawn<redis_sentinels>(url, spawn<fake_hub>(found));
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

  void say(const std::string& bytes) {
    line().say(bytes);
    run();
  }

  redis_url url;
  redis_sentinels_actor watch;
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

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: after one whose answer is of no use comes "
                 "the next",
                 "[redis_sentinels]") {
  connect();
  answer_master("10.0.0.1", "6379");
  tell(watch, renew_atom_v);
  CHECK(line().target.host == "two.test");
  connect();
  answer_master("10.0.0.2", "6379");
  CHECK(found == transcript{"at 10.0.0.1 6379", "at 10.0.0.2 6379"});
}

// -- those that want a login --------------------------------------------------

TEST_CASE("redis_sentinels: where a login is asked for, the URL's is shown",
          "[redis_sentinels]") {
  two_sentinels x{"signalbox", "secret"};
  x.line().open();
  CHECK(x.line().commands()
        == transcript{"CLIENT SETNAME signalbox-testtesttest-sentinels"});
  x.say("-NOAUTH Authentication required.\r\n");
  x.line().commands();
  x.say("-NOAUTH Authentication required.\r\n");
  CHECK(x.line().commands() == transcript{"AUTH signalbox secret"});
  x.say(ok);
  x.answer_master("10.0.0.1", "6379");
  CHECK(x.found == transcript{"at 10.0.0.1 6379"});
  x.advance(1050ms);
  CHECK(x.line().commands()
        == transcript{"SENTINEL get-master-addr-by-name mymaster"});
}

TEST_CASE("redis_sentinels: a password without a user is shown alone",
          "[redis_sentinels]") {
  two_sentinels x{"", "secret"};
  x.connect();
  x.line().commands();
  x.say("-NOAUTH Authentication required.\r\n");
  CHECK(x.line().commands() == transcript{"AUTH secret"});
}

TEST_CASE("redis_sentinels: after one that refuses the login comes the next",
          "[redis_sentinels]") {
  two_sentinels x{"", "secret"};
  x.connect();
  x.say("-NOAUTH Authentication required.\r\n");
  x.say("-WRONGPASS invalid username-password pair\r\n");
  CHECK(x.line().target.host == "two.test");
}

TEST_CASE_METHOD(two_sentinels,
                 "redis_sentinels: without a password to show comes the next",
                 "[redis_sentinels]") {
  connect();
  say("-NOAUTH Authentication required.\r\n");
  CHECK(line().target.host == "two.test");
}
