#include "actors/pinned.hpp"

#include "tests/support/fake_neighbours.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace signalbox;
using namespace signalbox::test;

namespace {

using number_actor =
  caf::typed_actor<caf::reacts_to<go_on_atom, int>,
                   caf::replies_to<look_atom, int>::with<int>,
                   caf::reacts_to<gone_atom>>;

/// Says which way a number came: below 10 it is handled at once.
class two_ways final : public pinned<number_actor> {
public:
  two_ways(caf::actor_config& config, home& where, transcript& said)
    : pinned(config, where, actor_kind::session), said_(said) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    said_.push_back("begins");
    return {
      [this](go_on_atom, int x) { say("later", x); },
      [this](look_atom, int x) {
        say("later", x);
        return 2 * x;
      },
      [this](gone_atom) { quit(); },
    };
  }

  bool handle_at_once(caf::mailbox_element& x) override {
    if (const auto* content = content_of<go_on_atom, int>(x);
        content && std::get<1>(*content) >= 10)
      return false;
    return handle<go_on_atom, int>(x, [this](int n) { say("at once", n); })
           || handle_request<look_atom, int>(x,
                                             [this](int n) -> caf::result<int> {
                                               say("at once", n);
                                               if (n == 0)
                                                 return error_of(ec::internal);
                                               return 2 * n;
                                             });
  }

private:
  void say(const std::string& way, int x) {
    said_.push_back(way + ' ' + std::to_string(x));
    if (x < 0)
      throw std::runtime_error("negative");
  }

  transcript& said_;
};

/// Requests what is only to be told.
class asks_for_nothing final : public caf::event_based_actor {
public:
  asks_for_nothing(caf::actor_config& config, caf::actor whom,
                   std::shared_ptr<bool> answered)
    : caf::event_based_actor(config),
      whom_(std::move(whom)),
      answered_(std::move(answered)) {
    // nop
  }

protected:
  caf::behavior make_behavior() override {
    request(whom_, caf::infinite, go_on_atom_v, 1).then([this] {
      *answered_ = true;
    });
    return {};
  }

private:
  const caf::actor whom_;
  const std::shared_ptr<bool> answered_;
};

using quiet_actor =
  caf::typed_actor<caf::reacts_to<go_on_atom>, caf::reacts_to<gone_atom>>;

/// Acts for who asks it by a call, and for who sends.
class neighbour_like final : public pinned<quiet_actor> {
public:
  neighbour_like(caf::actor_config& config, home& where, transcript& said)
    : pinned(config, where, actor_kind::room), said_(said) {
    // nop
  }

  /// As `go_on_atom`.
  template <class F>
  bool go_on_now(F f) {
    return act_now<go_on_atom>(f);
  }

  quiet_actor handle() { return self_handle(); }

protected:
  behavior_type make_behavior() override {
    return {
      [this](go_on_atom) { said_.push_back("sent"); },
      [this](gone_atom) { quit(); },
    };
  }

  void on_exit() override { said_.push_back("the end"); }

private:
  transcript& said_;
};

struct two_neighbours : deterministic_system {
  two_neighbours() {
    spawn<fake_supervisor>(failures);
    run();
  }

  static neighbour_like& of(const quiet_actor& who) {
    return object_of<neighbour_like>(who);
  }

  bool go_on_now() {
    return of(one).go_on_now([this] { said.push_back("now"); });
  }

  transcript& failures = new_transcript();
  transcript& said = new_transcript();
  quiet_actor one = spawn<neighbour_like>(said);
  quiet_actor other = spawn<neighbour_like>(said);
};

/// Runs actors on the thread that calls `run`, whoever has woken them.
class own_queue final : public caf::execution_unit {
public:
  explicit own_queue(caf::actor_system& system) : caf::execution_unit(&system) {
    // nop
  }

  void exec_later(caf::resumable* job) override {
    std::lock_guard guard{mutex_};
    jobs_.push_back(job);
  }

  /// Until none has anything to do.
  void run() {
    while (auto* job = next()) {
      if (job->resume(this, 100) == caf::resumable::resume_later)
        exec_later(job);
      else
        caf::intrusive_ptr_release(job);
    }
  }

private:
  caf::resumable* next() {
    std::lock_guard guard{mutex_};
    if (jobs_.empty())
      return nullptr;
    auto* result = jobs_.front();
    jobs_.pop_front();
    return result;
  }

  std::mutex mutex_;
  std::deque<caf::resumable*> jobs_;
};

/// Keeps the processor busy, as the clock that counts it sees it.
void spin(std::chrono::nanoseconds span) {
  const auto begin = tick_clock::now();
  while (tick_clock::duration(tick_clock::since(begin)) < span)
    ;
}

struct one_actor : deterministic_system {
  one_actor() { spawn<fake_supervisor>(failures); }

  actor_details details() { return object_of<two_ways>(who).look_closely(); }

  transcript& failures = new_transcript();
  transcript& said = new_transcript();
  number_actor who = spawn<two_ways>(said);
};

using types = std::vector<std::pair<std::string, std::uint64_t>>;

} // namespace

TEST_CASE_METHOD(one_actor,
                 "pinned: what is handled at once goes past the behavior",
                 "[pinned]") {
  tell(who, go_on_atom_v, 1);
  tell(who, go_on_atom_v, 10);
  tell(who, go_on_atom_v, 2);
  CHECK(said == transcript{"begins", "at once 1", "later 10", "at once 2"});
  CHECK(details().handled_by_type == types{{"goon", 3}});
}

TEST_CASE_METHOD(one_actor, "pinned: so does a request, and is answered",
                 "[pinned]") {
  const auto answer = ask<int>(who, look_atom_v, 4);
  run();
  CHECK(answer->value == 8);
  const auto refusal = ask<int>(who, look_atom_v, 0);
  run();
  CHECK(refusal->reason() == ec::internal);
  CHECK(said == transcript{"begins", "at once 4", "at once 0"});
  CHECK(details().handled_by_type == types{{"look", 2}});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: who waits for an answer where there is none gets an "
                 "empty one",
                 "[pinned]") {
  const auto answered = std::make_shared<bool>(false);
  system.spawn<asks_for_nothing, caf::hidden>(caf::actor_cast<caf::actor>(who),
                                              answered);
  run();
  CHECK(*answered);
  CHECK(said == transcript{"begins", "later 1"});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: who is wrapped in a message goes the "
                 "long way",
                 "[pinned]") {
  caf::anon_send(caf::actor_cast<caf::actor>(who),
                 caf::make_message(go_on_atom_v, 1));
  run();
  CHECK(said == transcript{"begins", "later 1"});
  CHECK(details().handled_by_type == types{{"goon", 1}});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: what throws at once ends the actor, and is told",
                 "[pinned]") {
  tell(who, go_on_atom_v, -1);
  CHECK(said == transcript{"begins", "at once -1"});
  CHECK(failures == transcript{"failed session"});
  const auto late = ask<int>(who, look_atom_v, 4);
  run();
  REQUIRE(late->error);
  CHECK(*late->error == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(one_actor,
                 "pinned: a request that throws at once is answered with it",
                 "[pinned]") {
  const auto answer = ask<int>(who, look_atom_v, -1);
  run();
  CHECK_FALSE(answer->value);
  REQUIRE(answer->error);
  CHECK(failures == transcript{"failed session"});
}

// -- without a mailbox --------------------------------------------------------

TEST_CASE_METHOD(two_neighbours, "pinned: an idle actor acts now", "[pinned]") {
  CHECK(go_on_now());
  CHECK(said == transcript{"now"});
  caf::anon_send(one, go_on_atom_v);
  run();
  CHECK(said == transcript{"now", "sent"});
}

TEST_CASE_METHOD(deterministic_system,
                 "pinned: who has not begun acts on what is sent only",
                 "[pinned]") {
  auto& said = new_transcript();
  const auto who = spawn<neighbour_like>(said);
  CHECK_FALSE(object_of<neighbour_like>(who).go_on_now([] { FAIL(); }));
  run();
  CHECK(said.empty());
}

TEST_CASE_METHOD(two_neighbours,
                 "pinned: nothing overtakes what waits in the mailbox",
                 "[pinned]") {
  caf::anon_send(one, go_on_atom_v);
  CHECK_FALSE(go_on_now());
  CHECK(said.empty());
  run();
  CHECK(said == transcript{"sent"});
}

TEST_CASE_METHOD(two_neighbours,
                 "pinned: what is sent to who acts now comes after that",
                 "[pinned]") {
  const auto acted = of(one).go_on_now([this] {
    caf::anon_send(one, go_on_atom_v);
    CHECK_FALSE(go_on_now());
    said.push_back("now");
  });
  CHECK(acted);
  CHECK(said == transcript{"now"});
  run();
  CHECK(said == transcript{"now", "sent"});
  CHECK(go_on_now());
}

TEST_CASE("pinned: nothing of what another thread sends meanwhile is lost",
          "[pinned]") {
  constexpr std::uint64_t each = 20'000;
  deterministic_system x;
  own_queue unit{x.system};
  home where{x.node, &unit, x.now, 0};
  auto& said = x.new_transcript();
  std::uint64_t now = 0;
  const auto who = spawn_at<neighbour_like>(x.system, where, said);
  unit.run();
  std::thread other{[&who] {
    for (std::uint64_t i = 0; i < each; ++i)
      caf::anon_send(who, go_on_atom_v);
  }};
  for (std::uint64_t i = 0; i < each; ++i) {
    if (two_neighbours::of(who).go_on_now([&now] { ++now; }))
      continue;
    caf::anon_send(who, go_on_atom_v);
    unit.run();
  }
  other.join();
  unit.run();
  CHECK(now + said.size() == 2 * each);
  CHECK(now > 0);
  CHECK(two_neighbours::of(who).look().handled == 2 * each);
  caf::anon_send(who, gone_atom_v);
  unit.run();
  CHECK(said.back() == "the end");
}

TEST_CASE_METHOD(two_neighbours, "pinned: who has ended does not act",
                 "[pinned]") {
  tell(one, gone_atom_v);
  CHECK_FALSE(go_on_now());
  CHECK(said == transcript{"the end"});
}

TEST_CASE_METHOD(
  two_neighbours,
  "pinned: who throws while it acts now ends, and not its caller", "[pinned]") {
  const auto acted = of(other).go_on_now([this] {
    CHECK(of(one).go_on_now([] { throw std::runtime_error("no memory"); }));
    said.push_back("goes on");
  });
  CHECK(acted);
  CHECK(said == transcript{"the end", "goes on"});
  run();
  CHECK(failures == transcript{"failed room"});
  CHECK_FALSE(go_on_now());
  tell(other, go_on_atom_v);
  CHECK(said == transcript{"the end", "goes on", "sent"});
}

TEST_CASE_METHOD(
  two_neighbours,
  "pinned: who acts now counts it as a message, and its own time", "[pinned]") {
  // Of both together the time is counted once. A second count of the inner
  // one's would be longer than all there was.
  const auto begin = tick_clock::now();
  CHECK(of(one).go_on_now(
    [this] { CHECK(of(other).go_on_now([] { spin(20ms); })); }));
  const auto all = tick_clock::duration(tick_clock::since(begin));
  const auto outer = of(one).look_closely();
  const auto inner = of(other).look_closely();
  CHECK(inner.facts.handling_time >= 20ms);
  CHECK(outer.facts.handling_time + inner.facts.handling_time <= all);
  CHECK(outer.facts.handled == 1);
  CHECK(outer.facts.mailbox_max == 1);
  CHECK(outer.handled_by_type == types{{"goon", 1}});
  CHECK(inner.handled_by_type == types{{"goon", 1}});
  CHECK(at().actors.sums(actor_kind::room).handled == 2);
  // What comes next has its time to itself again.
  const auto inner_before = inner.facts.handling_time;
  CHECK(of(other).go_on_now([] { spin(1ms); }));
  CHECK(of(other).look().handling_time >= inner_before + 1ms);
}

TEST_CASE("pinned: a neighbour is of the class asked for, and at home here",
          "[pinned]") {
  deterministic_system x{{}, 2};
  auto& said = x.new_transcript();
  const auto here = x.spawn_on<neighbour_like>(0, said);
  const auto there = x.spawn_on<neighbour_like>(1, said);
  x.run();
  CHECK(neighbour<neighbour_like>(here, x.at(0))
        == &x.object_of<neighbour_like>(here));
  CHECK(neighbour<neighbour_like>(there, x.at(0)) == nullptr);
  CHECK(neighbour<two_ways>(here, x.at(0)) == nullptr);
}
