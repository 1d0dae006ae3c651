#include "tests/support/session_fixture.hpp"

#include <catch2/catch.hpp>

// What sessions write, and how they judge whether it is read.

using namespace signalbox;
using namespace signalbox::test;

// -- to the client ------------------------------------------------------------

TEST_CASE_METHOD(session_fixture,
                 "session: what the room delivers is written and counted",
                 "[session]") {
  auto who = add_open();
  tell(who, deliver_atom_v, batch_of({saying("a"), saying("b")}));
  CHECK(of(who).written == std::vector{saying("a"), saying("b")});
  CHECK(of(who).flushes == 0); // It leaves at the turn's end.
  CHECK(at().figures.messages_forwarded.value() == 2);
}

TEST_CASE_METHOD(session_fixture,
                 "session: nothing is delivered before it is open",
                 "[session]") {
  directory->answers_later = true;
  auto who = add();
  of(who).opened();
  run();
  tell(who, deliver_atom_v, batch_of({saying("early")}));
  CHECK(of(who).written.empty());
  CHECK(at().figures.messages_forwarded.value() == 0);
}

namespace {

/// At most 1000 bytes may stay unsent.
struct threshold_of_1000 : session_fixture {
  threshold_of_1000()
    : session_fixture(
      [](options& o) { o.backpressure_threshold_bytes = 1000; }) {
    who = add_open();
  }

  void deliver(std::size_t bytes) {
    tell(who, deliver_atom_v, batch_of({std::string(bytes - 4, 'x')}));
  }

  session_actor who;
};

} // namespace

TEST_CASE_METHOD(threshold_of_1000,
                 "session: output is judged only after the kernel had it",
                 "[session]") {
  deliver(1000);
  CHECK(of(who).flushes == 0);
  deliver(500);
  CHECK(of(who).flushes == 1);
  CHECK(of(who).closes.empty());
  of(who).kernel_refuses = 1000; // As much as is allowed.
  deliver(1500);
  CHECK(of(who).flushes == 2);
  CHECK(of(who).closes.empty());
}

TEST_CASE_METHOD(threshold_of_1000,
                 "session: a slow reader is closed once and gets no more",
                 "[session]") {
  of(who).kernel_refuses = 1001;
  deliver(1500);
  CHECK(of(who).closes == closed_with(1013, "Server overloaded"));
  CHECK(at().figures.backpressure_closes.value() == 1);
  CHECK(ended(ec::slow_consumer) == 1);
  CHECK(told == transcript{"leave 1"});
  deliver(1500);
  of(who).event({saying("a"), "nonsense"});
  run();
  CHECK(of(who).closes.size() == 1);
  CHECK(of(who).writes_after_close == 0);
  CHECK(at().figures.backpressure_closes.value() == 1);
  CHECK(told == transcript{"leave 1"});
}

TEST_CASE_METHOD(threshold_of_1000,
                 "session: a client that does not read its own errors is "
                 "closed too",
                 "[session]") {
  of(who).kernel_refuses = 2000;
  for (int i = 0; i < 30; ++i)
    of(who).receive("nonsense");
  CHECK(of(who).closes.empty());
  of(who).event_over();
  CHECK(of(who).closes == closed_with(1013, "Server overloaded"));
}

// -- heartbeat ----------------------------------------------------------------

namespace {

struct heartbeat_of_10s : session_fixture {
  heartbeat_of_10s()
    : session_fixture([](options& o) { o.heartbeat_interval = 10s; }) {
    who = add_open();
  }

  session_actor who;
};

} // namespace

TEST_CASE_METHOD(heartbeat_of_10s,
                 "session: it pings after the interval and not before",
                 "[session]") {
  beat_for(9750ms);
  CHECK(of(who).written.empty());
  beat_for(500ms);
  CHECK(of(who).written == std::vector<std::string>{"ping"});
}

TEST_CASE_METHOD(heartbeat_of_10s,
                 "session: an unanswered ping drops the connection",
                 "[session]") {
  beat_for(19'750ms);
  CHECK_FALSE(of(who).is_dropped);
  beat_for(500ms);
  CHECK(of(who).is_dropped);
  CHECK(of(who).closes.empty());
  CHECK(told == transcript{"leave 1"});
  CHECK(at().figures.heartbeat_drops.value() == 1);
  CHECK(at().figures.sessions.value() == 0);
  CHECK_FALSE(is_listed(who));
}

TEST_CASE_METHOD(heartbeat_of_10s, "session: one that answers its pings stays",
                 "[session]") {
  for (int i = 1; i <= 5; ++i) {
    beat_for(10'250ms);
    CHECK(of(who).count_written("ping") == static_cast<std::size_t>(i));
    of(who).pong_received();
  }
  CHECK_FALSE(of(who).is_dropped);
  CHECK(at().figures.heartbeat_drops.value() == 0);
}
