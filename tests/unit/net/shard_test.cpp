#include "net/shard.hpp"

#include "tests/support/shard_fixture.hpp"
#include "tests/support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <sys/epoll.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

using lines = std::vector<std::string>;

constexpr auto connection = shard::watch_kind::connection;

/// Says that it was called, and when it dies.
class talker : public event_source, public turn_output {
public:
  talker(lines& said, std::string name) : said_(said), name_(std::move(name)) {
    // nop
  }

  ~talker() override { said_.push_back(name_ + " freed"); }

  void on_event(std::uint32_t events) override {
    last_events = events;
    said_.push_back(name_ + " called");
    if (then)
      then();
  }

  void write_out() override { said_.push_back(name_ + " written"); }

  std::uint32_t last_events = 0;
  std::function<void()> then;

private:
  lines& said_;
  std::string name_;
};

using number_actor = caf::typed_actor<caf::reacts_to<caf::ok_atom, int>>;

/// Says the numbers it gets.
class number_reader : public pinned<number_actor> {
public:
  number_reader(caf::actor_config& config, home& where, lines& said)
    : pinned(config, where, actor_kind::session), said_(said) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    return {
      [this](caf::ok_atom, int x) { said_.push_back(std::to_string(x)); }};
  }

private:
  lines& said_;
};

struct one_shard : shard_fixture {
  lines said;

  void say(const std::string& what) { said.push_back(what); }
};

} // namespace

// -- tasks --------------------------------------------------------------------

TEST_CASE_METHOD(one_shard, "shard: what was posted before it stops is run",
                 "[shard]") {
  int ran = 0;
  for (int i = 0; i < 1000; ++i)
    on().post([&] { ++ran; });
  on().stop();
  on().run();
  CHECK(ran == 1000);
}

TEST_CASE_METHOD(one_shard, "shard: what is posted after it stopped is dropped",
                 "[shard]") {
  auto alive = std::make_shared<int>();
  {
    shard another{system, 1};
    another.stop();
    another.run();
    another.post([this, alive] { say("run"); });
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  CHECK(said.empty());
}

TEST_CASE_METHOD(one_shard, "shard: it is current only while it runs",
                 "[shard]") {
  shard* seen = nullptr;
  CHECK(shard::current() == nullptr);
  in_turn([&] { seen = shard::current(); });
  CHECK(seen == &on());
  CHECK(shard::current() == nullptr);
}

TEST_CASE_METHOD(one_shard,
                 "shard: what a task sets off is done before the next task",
                 "[shard]") {
  auto reader = spawn_on<number_reader>(0, said);
  turns();
  on().post([&] {
    caf::anon_send(reader, caf::ok_atom_v, 1);
    on().immediate([&] {
      say("immediate");
      on().immediate([&] { say("one of its own"); });
    });
    say("task");
  });
  on().post([&] { say("next"); });
  turns();
  CHECK(said == lines{"task", "immediate", "one of its own", "1", "next"});
}

// -- sources ------------------------------------------------------------------

TEST_CASE_METHOD(one_shard, "shard: a source hears of its descriptor's events",
                 "[shard]") {
  socket_pair sockets;
  talker source{said, "source"};
  REQUIRE(on().watch(sockets.near.get(), source, connection) == 0);
  turns();
  CHECK(said == lines{"source called"});
  CHECK(source.last_events == EPOLLOUT);
  turns();
  CHECK(said.size() == 1); // Once for each change.
  sockets.send("x");
  turns();
  CHECK(said.size() == 2);
  CHECK((source.last_events & EPOLLIN) != 0);
  on().unwatch(sockets.near.get());
  sockets.send("y");
  turns();
  CHECK(said.size() == 2);
}

TEST_CASE_METHOD(one_shard, "shard: a reader hears of input alone", "[shard]") {
  socket_pair sockets;
  talker source{said, "source"};
  REQUIRE(on().watch(sockets.near.get(), source, shard::watch_kind::reader)
          == 0);
  turns();
  CHECK(said == lines{});
  sockets.send("x");
  turns();
  CHECK(said == lines{"source called"});
  CHECK(source.last_events == EPOLLIN);
}

TEST_CASE_METHOD(one_shard, "shard: another source is told again", "[shard]") {
  socket_pair sockets;
  sockets.send("x");
  talker first{said, "first"};
  talker second{said, "second"};
  REQUIRE(on().watch(sockets.near.get(), first, connection) == 0);
  turns();
  REQUIRE(on().rewatch(sockets.near.get(), second, connection) == 0);
  turns();
  CHECK(said == lines{"first called", "second called"});
  CHECK((second.last_events & EPOLLIN) != 0);
}

TEST_CASE_METHOD(one_shard, "shard: what cannot be watched is an errno",
                 "[shard]") {
  talker source{said, "source"};
  CHECK(on().watch(-1, source, connection) == EBADF);
  CHECK(on().rewatch(-1, source, connection) == EBADF);
  socket_pair sockets;
  CHECK(on().watch(sockets.near.get(), source, connection) == 0);
  CHECK(on().watch(sockets.near.get(), source, connection) == EEXIST);
}

TEST_CASE_METHOD(one_shard, "shard: who asks again is called once a turn",
                 "[shard]") {
  std::vector<std::uint64_t> turns_of_calls;
  talker source{said, "source"};
  source.then = [&] {
    CHECK(source.last_events == 0);
    turns_of_calls.push_back(on().figures().turns.value());
    if (turns_of_calls.size() < 3)
      on().call_again(source);
  };
  in_turn([&] { on().call_again(source); });
  REQUIRE(turns_of_calls.size() == 3);
  CHECK(turns_of_calls[1] == turns_of_calls[0] + 1);
  CHECK(turns_of_calls[2] == turns_of_calls[0] + 2);
}

TEST_CASE_METHOD(one_shard,
                 "shard: of many who ask again each is called, 16 a turn",
                 "[shard]") {
  std::vector<std::unique_ptr<talker>> sources;
  std::vector<std::uint64_t> turns_of_calls;
  for (int i = 0; i < 40; ++i) {
    sources.push_back(std::make_unique<talker>(said, "source"));
    sources.back()->then = [&] {
      turns_of_calls.push_back(on().figures().turns.value());
    };
  }
  in_turn([&] {
    for (auto& x : sources)
      on().call_again(*x);
  });
  REQUIRE(turns_of_calls.size() == 40);
  const auto first = turns_of_calls[0];
  CHECK(turns_of_calls[15] == first);
  CHECK(turns_of_calls[16] == first + 1);
  CHECK(turns_of_calls[31] == first + 1);
  CHECK(turns_of_calls[32] == first + 2);
  CHECK(turns_of_calls[39] == first + 2);
}

TEST_CASE_METHOD(one_shard, "shard: who asks again lets the others have a turn",
                 "[shard]") {
  socket_pair sockets;
  talker patient{said, "patient"};
  talker greedy{said, "greedy"};
  int calls = 0;
  greedy.then = [&] {
    if (++calls == 2)
      sockets.send("x");
    if (calls < 4)
      on().call_again(greedy);
  };
  REQUIRE(on().watch(sockets.near.get(), patient, connection) == 0);
  turns();
  said.clear();
  in_turn([&] { on().call_again(greedy); });
  CHECK(said
        == lines{"greedy called", "greedy called", "patient called",
                 "greedy called", "greedy called"});
}

TEST_CASE_METHOD(one_shard, "shard: who is forgotten is not called again",
                 "[shard]") {
  talker first{said, "first"};
  talker second{said, "second"};
  first.then = [&] { on().forget(static_cast<event_source&>(second)); };
  in_turn([&] {
    on().call_again(first);
    on().call_again(second);
  });
  CHECK(said == lines{"first called"});
}

// -- the turn's end -----------------------------------------------------------

TEST_CASE_METHOD(one_shard, "shard: output is written at the turn's end, once",
                 "[shard]") {
  talker output{said, "output"};
  on().post([&] {
    on().write_out_later(output);
    say("first");
  });
  on().post([&] { say("second"); });
  turns();
  CHECK(said == lines{"first", "second", "output written"});
}

TEST_CASE_METHOD(one_shard, "shard: forgotten output is not written",
                 "[shard]") {
  talker output{said, "output"};
  in_turn([&] {
    on().write_out_later(output);
    on().forget(static_cast<turn_output&>(output));
  });
  CHECK(said.empty());
}

TEST_CASE_METHOD(one_shard, "shard: what is buried is freed after the turn",
                 "[shard]") {
  talker output{said, "output"};
  on().post([&] {
    on().bury(std::make_unique<talker>(said, "source"));
    on().write_out_later(output);
    say("buried");
  });
  on().post([&] { say("rest of the turn"); });
  turns();
  CHECK(
    said
    == lines{"buried", "rest of the turn", "output written", "source freed"});
}

TEST_CASE_METHOD(one_shard, "shard: an actor's last reference may be buried",
                 "[shard]") {
  caf::weak_actor_ptr watcher;
  {
    auto reader = spawn_at<number_reader>(system, at(), said);
    caf::anon_send_exit(reader, caf::exit_reason::kill);
    turns();
    auto last = caf::actor_cast<caf::strong_actor_ptr>(reader);
    watcher = caf::actor_cast<caf::weak_actor_ptr>(last);
    on().post(
      [&, last = std::move(last)]() mutable { on().bury(std::move(last)); });
    on().post([&] { say(watcher.lock() ? "alive" : "gone"); });
  }
  turns();
  say(watcher.lock() ? "alive" : "gone");
  CHECK(said == lines{"alive", "gone"});
}

TEST_CASE_METHOD(one_shard, "shard: strings given back are lent again, empty",
                 "[shard]") {
  CHECK(on().borrow_string().empty());
  std::string used(1000, 'x');
  const auto* memory = used.data();
  on().give_back(std::move(used));
  auto lent = on().borrow_string();
  CHECK(lent.empty());
  CHECK(lent.capacity() >= 1000);
  CHECK(lent.data() == memory);
}
