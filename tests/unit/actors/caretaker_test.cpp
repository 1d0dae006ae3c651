#include "actors/caretaker.hpp"

#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// Drains in 1 s, so that the last close is due after 800 ms.
struct one_caretaker : session_fixture {
  one_caretaker()
    : session_fixture([](options& o) { o.heartbeat_interval = 10s; }) {
    supervisor = spawn<fake_supervisor>(failures);
    caretaker = spawn<signalbox::caretaker>(supervisor);
    run();
  }

  void add_open(int count) {
    for (int i = 0; i < count; ++i)
      clients.push_back(session_fixture::add_open());
  }

  void beat_after(clock::duration span) {
    advance(span);
    tell(caretaker, beat_atom_v);
  }

  auto drain() {
    auto result = ask<drained_atom>(caretaker, drain_atom_v, caf::timespan{1s});
    run();
    return result;
  }

  std::size_t count(bool (*predicate)(const fake_session&)) {
    return static_cast<std::size_t>(
      std::count_if(clients.begin(), clients.end(),
                    [&](const session_actor& x) { return predicate(of(x)); }));
  }

  std::size_t told_to_close() {
    return count([](const fake_session& x) { return !x.closes.empty(); });
  }

  std::size_t dropped() {
    return count([](const fake_session& x) { return x.is_dropped; });
  }

  supervisor_actor supervisor;
  caretaker_actor caretaker;
  std::vector<session_actor> clients;
};

} // namespace

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: the home knows it and its supervisor while it is",
                 "[caretaker]") {
  CHECK(at().caretaker == caretaker);
  CHECK(at().supervisor == supervisor);
  kill(caretaker);
  CHECK_FALSE(at().caretaker);
}

TEST_CASE_METHOD(one_caretaker, "caretaker: a beat turns the timer wheel",
                 "[caretaker]") {
  add_open(2);
  beat_after(9999ms);
  CHECK(of(clients[0]).written.empty());
  beat_after(251ms);
  CHECK(of(clients[0]).written == std::vector<std::string>{"ping"});
  CHECK(of(clients[1]).written == std::vector<std::string>{"ping"});
}

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: a long mailbox is forgotten after ten seconds",
                 "[caretaker]") {
  const auto& longest =
    at().figures.longest_mailbox[static_cast<std::size_t>(actor_kind::room)];
  beat_after(1s);
  at().actors.count_turn(actor_kind::room, 40, 1, 0);
  at().actors.count_turn(actor_kind::room, 7, 1, 0);
  CHECK(longest.value() == 40);
  for (int i = 0; i < 40; ++i) {
    beat_after(250ms);
    CHECK(longest.value() == 40);
  }
  at().actors.count_turn(actor_kind::room, 3, 1, 0);
  for (int i = 0; i < 4; ++i)
    beat_after(250ms);
  CHECK(longest.value() == 3);
  // The admin API tells of all the time.
  CHECK(at().actors.sums(actor_kind::room).mailbox_max == 40);
}

TEST_CASE_METHOD(one_caretaker, "caretaker: an empty shard is drained at once",
                 "[caretaker]") {
  CHECK(drain()->value);
}

TEST_CASE_METHOD(one_caretaker, "caretaker: a drain's closes are spread evenly",
                 "[caretaker]") {
  add_open(8);
  drain();
  CHECK(told_to_close() == 1);
  for (std::size_t i = 2; i <= 8; ++i) {
    beat_after(99ms);
    CHECK(told_to_close() == i - 1);
    beat_after(1ms);
    CHECK(told_to_close() == i);
  }
  CHECK(dropped() == 0);
  CHECK(ended(ec::draining) == 8);
  for (auto& x : clients)
    CHECK(of(x).closes == closed_with(1012, "Server draining"));
}

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: a drain is answered when the last one is gone",
                 "[caretaker]") {
  add_open(2);
  auto answer = drain();
  beat_after(800ms);
  CHECK(told_to_close() == 2);
  of(clients[0]).closed();
  beat_after(50ms);
  CHECK_FALSE(answer->is_there());
  of(clients[1]).closed();
  beat_after(50ms);
  CHECK(answer->value);
}

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: at the deadline it drops all that are left",
                 "[caretaker]") {
  add_open(2);
  auto answer = drain();
  beat_after(999ms);
  CHECK(dropped() == 0);
  beat_after(1ms);
  CHECK(dropped() == 2);
  CHECK(answer->value);
  CHECK(session::first_of(at()) == nullptr);
}

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: those not in a room yet are drained too",
                 "[caretaker]") {
  clients.push_back(add());
  directory->answers_later = true;
  clients.push_back(add());
  of(clients[1]).opened();
  run();
  drain();
  beat_after(800ms);
  CHECK(told_to_close() == 2);
  CHECK(told == transcript{"enter lobby 2", "leave lobby 2"});
}

TEST_CASE_METHOD(one_caretaker,
                 "caretaker: one that is closing already is not closed again",
                 "[caretaker]") {
  add_open(2);
  of(clients[0]).end(ec::kicked);
  drain();
  CHECK(of(clients[0]).closes == closed_with(1008, "Kicked"));
  CHECK(of(clients[1]).closes == closed_with(1012, "Server draining"));
}
