#include "net/shard_scheduler.hpp"

#include "tests/support/shard_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// The shard whose thread this is, -1 elsewhere.
int shard_here() {
  return shard::current() ? static_cast<int>(shard::current()->index()) : -1;
}

using work_actor = caf::typed_actor<
  // On which shard this is. Fails for a negative number, throws for 0.
  caf::replies_to<caf::ok_atom, int>::with<int>>;

class worker : public pinned<work_actor> {
public:
  worker(caf::actor_config& config, home& where)
    : pinned(config, where, actor_kind::room) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    return {[](caf::ok_atom, int x) -> caf::result<int> {
      if (x < 0)
        return error_of(ec::room_full);
      if (x == 0)
        throw std::runtime_error("a zero");
      return shard_here();
    }};
  }
};

/// Runs a function as an actor on a shard.
using runner_actor = caf::typed_actor<caf::reacts_to<caf::ok_atom>>;

class runner : public pinned<runner_actor> {
public:
  using body = std::function<void(runner&)>;

  runner(caf::actor_config& config, home& where, body f)
    : pinned(config, where, actor_kind::caretaker), body_(std::move(f)) {
    // nop
  }

  using pinned<runner_actor>::self_handle;

  /// What it does with each `ok`.
  std::function<void()> then;

protected:
  behavior_type make_behavior() override {
    body_(*this);
    return {[this](caf::ok_atom) {
      if (then)
        then();
    }};
  }

private:
  body body_;
};

/// Two shards with their threads.
struct two_threads : shard_fixture {
  two_threads() : shard_fixture(2) { start(); }

  /// What a worker on shard 1 answers one on shard 0.
  caf::expected<int> ask_across(int x) {
    std::promise<caf::expected<int>> answer;
    auto there = spawn_on<worker>(1);
    spawn_on<runner>(0, [&](runner& self) {
      self.request(there, caf::infinite, caf::ok_atom_v, x)
        .then([&](int value) { answer.set_value(value); },
              [&](caf::error& error) {
                answer.set_value(caf::expected<int>{std::move(error)});
              });
    });
    return await(answer.get_future());
  }
};

} // namespace

TEST_CASE_METHOD(two_threads, "shard_scheduler: each shard has its own thread",
                 "[shard_scheduler]") {
  REQUIRE(scheduler().shards().size() == 2);
  std::vector<std::thread::id> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    std::promise<std::thread::id> id;
    on(i).post([&] { id.set_value(std::this_thread::get_id()); });
    threads.push_back(await(id.get_future()));
  }
  CHECK(threads[0] != threads[1]);
  CHECK(threads[0] != std::this_thread::get_id());
  CHECK(shard_here() == -1);
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: tasks of one thread run in their order",
                 "[shard_scheduler]") {
  constexpr int count = 10'000;
  std::vector<int> ran;
  std::promise<void> done;
  for (int i = 0; i < count; ++i)
    on(1).post([&, i] { ran.push_back(i); });
  on(1).post([&] { done.set_value(); });
  await(done.get_future());
  CHECK(ran.size() == count);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: an actor runs at home, whoever spawns it",
                 "[shard_scheduler]") {
  std::promise<int> from_main, from_other_shard;
  spawn_on<runner>(1, [&](runner&) { from_main.set_value(shard_here()); });
  CHECK(await(from_main.get_future()) == 1);
  on(0).post([&] {
    spawn_on<runner>(1, [&](runner&) {
      from_other_shard.set_value(shard_here());
    });
  });
  CHECK(await(from_other_shard.get_future()) == 1);
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: an actor runs at home, whoever sends",
                 "[shard_scheduler]") {
  std::promise<int> where;
  auto actor = spawn_on<runner>(1, [&](runner& self) {
    self.then = [&] { where.set_value(shard_here()); };
  });
  SECTION("main") {
    caf::anon_send(actor, caf::ok_atom_v);
  }
  SECTION("another shard") {
    on(0).post([&] { caf::anon_send(actor, caf::ok_atom_v); });
  }
  SECTION("its own shard") {
    on(1).post([&] { caf::anon_send(actor, caf::ok_atom_v); });
  }
  CHECK(await(where.get_future()) == 1);
}

TEST_CASE_METHOD(two_threads, "shard_scheduler: requests go across shards",
                 "[shard_scheduler]") {
  CHECK(ask_across(1) == 1);
  auto refused = ask_across(-1);
  REQUIRE_FALSE(refused);
  CHECK(ec_of(refused.error()) == ec::room_full);
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: an exception is an error to "
                 "who asked",
                 "[shard_scheduler]") {
  CHECK_FALSE(ask_across(0));
  // Nobody else is hurt.
  CHECK(ask_across(1) == 1);
}

TEST_CASE_METHOD(two_threads, "shard_scheduler: a request may time out",
                 "[shard_scheduler]") {
  std::promise<caf::error> answer;
  auto mute = spawn_on<worker>(1);
  // Its shard is busy for as long as it takes.
  std::promise<void> release;
  auto released = release.get_future().share();
  on(1).post([released] { released.wait(); });
  spawn_on<runner>(0, [&](runner& self) {
    self.request(mute, 10ms, caf::ok_atom_v, 1)
      .then([](int) {},
            [&](const caf::error& error) { answer.set_value(error); });
  });
  CHECK(await(answer.get_future()) == caf::sec::request_timeout);
  release.set_value();
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: a delayed message comes late, at home",
                 "[shard_scheduler]") {
  const auto before = shard::clock::now();
  std::promise<int> where;
  spawn_on<runner>(1, [&](runner& self) {
    self.then = [&] { where.set_value(shard_here()); };
    self.delayed_send(self.self_handle(), 30ms, caf::ok_atom_v);
  });
  CHECK(await(where.get_future()) == 1);
  CHECK(shard::clock::now() - before >= 30ms);
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: delayed messages keep their "
                 "order in time",
                 "[shard_scheduler]") {
  std::vector<int> came;
  std::promise<void> done;
  spawn_on<runner>(0, [&](runner& self) {
    auto late = spawn_on<runner>(0, [&](runner& x) {
      x.then = [&] {
        came.push_back(2);
        done.set_value();
      };
    });
    auto soon = spawn_on<runner>(0, [&](runner& x) {
      x.then = [&] { came.push_back(1); };
    });
    self.delayed_send(late, 20ms, caf::ok_atom_v);
    self.delayed_send(soon, 10ms, caf::ok_atom_v);
  });
  await(done.get_future());
  CHECK(came == std::vector<int>{1, 2});
}

TEST_CASE_METHOD(two_threads, "shard_scheduler: monitors reach across shards",
                 "[shard_scheduler]") {
  std::promise<int> where;
  auto watched = spawn_on<worker>(1);
  std::promise<void> watching;
  spawn_on<runner>(0, [&](runner& self) {
    self.set_down_handler([&, watched](const caf::down_msg& down) {
      where.set_value(down.source == watched ? shard_here() : -1);
    });
    self.monitor(watched);
    watching.set_value();
  });
  await(watching.get_future());
  caf::anon_send_exit(watched, caf::exit_reason::kill);
  CHECK(await(where.get_future()) == 0);
}

TEST_CASE_METHOD(two_threads,
                 "shard_scheduler: endless actors keep no task from running",
                 "[shard_scheduler]") {
  auto endless = spawn_on<runner>(1, [](runner& self) {
    self.then = [&self] { self.send(self.self_handle(), caf::ok_atom_v); };
  });
  caf::anon_send(endless, caf::ok_atom_v);
  std::promise<void> done;
  on(1).post([&] { done.set_value(); });
  await(done.get_future());
  caf::anon_send_exit(endless, caf::exit_reason::kill);
}

TEST_CASE("shard_scheduler: joining returns, as often as one likes",
          "[shard_scheduler]") {
  shard_fixture x{2};
  std::atomic<int> ran{0};
  x.start();
  for (std::size_t i = 0; i < 2; ++i)
    x.on(i).post([&] { ++ran; });
  x.scheduler().join();
  CHECK(ran == 2);
  x.scheduler().join();
}

TEST_CASE("shard_scheduler: one that was never started ends well",
          "[shard_scheduler]") {
  std::atomic<bool> is_run{false};
  {
    shard_fixture x{2};
    x.spawn_on<runner>(1, [&](runner&) { is_run = true; });
  }
  CHECK(is_run); // By its last turns.
}
