// A turn's time: one for all that happens in it, and measured.

#include "actors/statistics.hpp"
#include "net/shard.hpp"

#include "tests/support/shard_fixture.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <sys/eventfd.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

using number_actor = caf::typed_actor<caf::reacts_to<caf::ok_atom, int>>;

/// Hands on the clock that it sees when it gets a number.
class clock_reader : public pinned<number_actor> {
public:
  using reader = std::function<void(caf::actor_clock&)>;

  clock_reader(caf::actor_config& config, home& where, reader f)
    : pinned(config, where, actor_kind::session), read_(std::move(f)) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    return {[this](caf::ok_atom, int) { read_(clock()); }};
  }

private:
  reader read_;
};

void spin(std::chrono::nanoseconds for_so_long) {
  const auto end = shard::clock::now() + for_so_long;
  while (shard::clock::now() < end)
    ; // Time passes.
}

/// Writes to itself, to be read 20 ms later, and is busy for 5 ms after that.
class late_reader : public caf::event_based_actor {
public:
  using listener = std::function<void()>;

  late_reader(caf::actor_config& config, listener on_sent, listener on_read)
    : event_based_actor(config),
      on_sent_(std::move(on_sent)),
      on_read_(std::move(on_read)) {
    // nop
  }

protected:
  caf::behavior make_behavior() override {
    on_sent_();
    delayed_send(this, 20ms, 1);
    spin(5ms);
    return {[this](int) {
      on_read_();
      quit();
    }};
  }

private:
  listener on_sent_;
  listener on_read_;
};

struct timed_shard : shard_fixture {};

/// Turns on a thread of its own, and waits in between.
struct waiting_shard : shard_fixture {
  waiting_shard() { start(); }

  /// Runs `f` in a turn.
  template <class F>
  void run(F f) {
    std::promise<void> done;
    on().post([&] {
      f();
      done.set_value();
    });
    await(done.get_future());
  }

  /// Has `reader` called so much later. To be called in a turn.
  void set_timeout(std::chrono::milliseconds from_now) {
    on().actor_clock().schedule_message(
      on().turn_start() + from_now,
      caf::actor_cast<caf::strong_actor_ptr>(reader),
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                caf::ok_atom_v, 1));
  }

  std::promise<void> called;
  number_actor reader = spawn_on<clock_reader>(0, [this](caf::actor_clock&) {
    called.set_value();
  });
};

/// What nobody has to do anything for.
struct silent_source : event_source {
  void on_event(std::uint32_t) override {
    // nop
  }
};

} // namespace

TEST_CASE_METHOD(timed_shard, "shard time: a turn has one time for all",
                 "[shard_time]") {
  shard::clock::time_point first, second;
  on().post([&] {
    first = on().turn_start();
    spin(1us);
  });
  on().post([&] { second = on().turn_start(); });
  const auto before = shard::clock::now();
  turns();
  CHECK(first == second);
  CHECK(first >= before);
}

TEST_CASE_METHOD(timed_shard,
                 "shard time: an actor's clock is the turn's start",
                 "[shard_time]") {
  std::vector<caf::actor_clock::time_point> seen;
  auto reader = spawn_on<clock_reader>(0, [&](caf::actor_clock& clock) {
    seen.push_back(clock.now());
    spin(1ms);
    seen.push_back(clock.now());
    seen.push_back(on().turn_start());
  });
  turns();
  CHECK(system.clock().now() > on().turn_start()); // Not in a turn.
  const auto before = shard::clock::now();
  caf::anon_send(reader, caf::ok_atom_v, 1);
  turns();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0] >= before);
  CHECK(seen[1] == seen[0]);
  CHECK(seen[2] == seen[0]);
}

TEST_CASE_METHOD(
  timed_shard,
  "shard time: an actor that waited for the first turn has its time",
  "[shard_time]") {
  const auto before = shard::clock::now();
  caf::actor_clock::time_point seen;
  auto reader = spawn_on<clock_reader>(0, [&](caf::actor_clock& clock) {
    seen = clock.now();
  });
  caf::anon_send(reader, caf::ok_atom_v, 1);
  spin(1ms);
  turns();
  CHECK(seen >= before + 1ms);
}

TEST_CASE_METHOD(timed_shard,
                 "shard time: a delayed message counts from the turn's start",
                 "[shard_time]") {
  shard::clock::time_point sent, came;
  on().post([&] {
    system.spawn<late_reader, caf::hidden>([&] { sent = on().turn_start(); },
                                           [&] { came = on().turn_start(); });
  });
  until([&] { return came != shard::clock::time_point{}; });
  CHECK(came - sent >= 20ms);
  CHECK(came - sent < 2s);
}

TEST_CASE_METHOD(waiting_shard,
                 "shard time: a timeout set later may come before another",
                 "[shard_time]") {
  run([&] { set_timeout(1h); });
  run([] {}); // It waits for that by now.
  run([&] { set_timeout(10ms); });
  await(called.get_future());
}

// A turn with as many events as it takes waits with timeouts (`events_max` in
// net/shard.cpp).
TEST_CASE_METHOD(waiting_shard,
                 "shard time: a timeout that waited for others comes when "
                 "nothing else does",
                 "[shard_time]") {
  // With the timeout's own they are sixteen.
  std::array<descriptor, 15> others;
  silent_source source;
  run([&] {
    for (auto& x : others) {
      x = descriptor{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
      on().watch(x.get(), source, shard::watch_kind::signal);
    }
  });
  run([&] { set_timeout(100ms); });
  run([&] {
    spin(130ms);
    for (auto& x : others)
      eventfd_write(x.get(), 1);
  });
  await(called.get_future());
  run([&] {
    for (auto& x : others)
      on().unwatch(x.get());
  });
}

#if SIGNALBOX_STATISTICS
TEST_CASE_METHOD(timed_shard, "shard time: its turns are measured",
                 "[shard_time]") {
  const auto& figures = on().figures();
  turns();
  const auto busy_before = figures.turn_time.sum();
  CHECK(figures.turns.value() >= 1);
  in_turn([] { spin(3ms); });
  CHECK(figures.turns.value() >= 2);
  CHECK(figures.turn_time.sum() - busy_before >= 3ms);
  CHECK(figures.busy_nanoseconds.value()
        == static_cast<std::uint64_t>(figures.turn_time.sum().count()));
  CHECK(figures.longest_turn_ns.value() >= 3'000'000);
}
#endif
