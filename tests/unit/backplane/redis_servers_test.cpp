// The masters of a cluster as a shard's backplane sees them: which it depends
// on, and what becomes of a slot that moves.

#include "tests/support/cluster_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

const std::string room_key = "room:lobby";
const auto room_slot = slot_of(room_key);

struct clustered : cluster_fixture {
  clustered() {
    serve();
    pass(1s);
    CHECK(reports.back() == "success");
    reports.clear();
  }

  /// A seat in the room, with somebody else there in all likelihood.
  void enter() {
    const auto result = seat(1);
    serve();
    REQUIRE(result->value);
  }

  void speak(int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i)
      texts.push_back("{\"n\":" + std::to_string(spoken++) + "}");
    tell(backplane, spread_atom_v, std::string{"lobby"}, session_id{1},
         batch_of(texts));
  }

  std::size_t published_at(std::uint16_t port) const {
    const auto prefix = std::to_string(port) + " " + room_key;
    return static_cast<std::size_t>(
      std::count_if(published.begin(), published.end(),
                    [&](const auto& x) { return x.starts_with(prefix); }));
  }

  bool was_down() const {
    return std::count(reports.begin(), reports.end(), "shard 0 down") > 0
           || std::count(reports.begin(), reports.end(), "failure") > 0;
  }

  int spoken = 0;
};

std::uint16_t slot_of_probe(int number) {
  return slot_of("{probe:sb:testtesttest:0:" + std::to_string(number) + "}");
}

/// One that is far down the row of probe keys.
std::uint16_t slot_hard_to_find() {
  std::vector<bool> is_reached(cluster_slots);
  for (int i = 0; i < 100'000; ++i)
    is_reached[slot_of_probe(i)] = true;
  const auto found = std::find(is_reached.begin(), is_reached.end(), false);
  REQUIRE(found != is_reached.end());
  return static_cast<std::uint16_t>(found - is_reached.begin());
}

} // namespace

// -- probes -------------------------------------------------------------------

TEST_CASE_METHOD(cluster_fixture,
                 "redis_servers: a master of one slot is probed there, "
                 "whichever it is",
                 "[redis_servers]") {
  owners[slot_hard_to_find()] = second_port;
  pass(1s);
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 up") == 1);
  CHECK(reports.back() == "success");
  reports.clear();
  pass(3s);
  CHECK(std::count(reports.begin(), reports.end(), "failure") == 0);
}

TEST_CASE_METHOD(clustered,
                 "redis_servers: a probe whose slot has moved is nobody's "
                 "failure",
                 "[redis_servers]") {
  owners[0] = second_port;
  pass(6s);
  reports.clear();
  move(slot_of_probe(0), second_port);
  pass(3s);
  CHECK_FALSE(was_down());
}

TEST_CASE_METHOD(clustered,
                 "redis_servers: a probe whose slot is on its way is heard",
                 "[redis_servers]") {
  migrating[slot_of_probe(0)] = second_port;
  pass(3s);
  CHECK_FALSE(was_down());
}

// -- servers without slots ----------------------------------------------------

TEST_CASE_METHOD(clustered,
                 "redis_servers: where a slot is on its way to is connected "
                 "to once, and not depended on",
                 "[redis_servers]") {
  migrating[room_slot] = second_port;
  enter();
  pass(3s);
  CHECK(connections_to(second_port) == 2);
  CHECK_FALSE(was_down());
  // It is not heard of again.
  migrating.clear();
  pass(20s);
  CHECK(wires.open_lines().size() == 2);
  CHECK(connections_to(second_port) == 2);
}

TEST_CASE_METHOD(clustered,
                 "redis_servers: with its first slot it is depended on",
                 "[redis_servers]") {
  migrating[room_slot] = second_port;
  enter();
  pass(1s);
  move(room_slot, second_port);
  pass(1s);
  CHECK_FALSE(was_down());
  for (const auto& x : wires.open_lines())
    if (x->target.port == second_port)
      x->lose();
  run();
  CHECK(std::count(reports.begin(), reports.end(), "shard 0 down") == 1);
}

// -- a slot that moves --------------------------------------------------------

TEST_CASE_METHOD(clustered,
                 "redis_servers: messages lost to a slot that moves are "
                 "counted, and the next go to where it is",
                 "[redis_servers]") {
  owners[0] = second_port;
  pass(6s);
  enter();
  speak(5);
  serve();
  CHECK(published_at(first_port) == 5);
  speak(7);
  move(room_slot, second_port);
  serve();
  CHECK(at().figures.redis_drops.value() == 7);
  // No time has passed.
  speak(9);
  serve();
  CHECK(published_at(second_port) == 9);
  pass(2s);
  speak(1);
  serve();
  CHECK(published.size() + at().figures.redis_drops.value() == 22);
}

TEST_CASE_METHOD(clustered,
                 "redis_servers: whose subscription ended with the slot "
                 "subscribes where it is, at once",
                 "[redis_servers]") {
  owners[0] = second_port;
  pass(6s);
  enter();
  move(room_slot, second_port);
  serve();
  const auto envelope =
    R"({"senderId":"x","data":{"a":1},"originServerId":"other"})";
  publish(second_port, room_key, envelope);
  REQUIRE_FALSE(told.empty());
  CHECK(told.back() == R"(deliver {"a":1})");
}

TEST_CASE_METHOD(clustered,
                 "redis_servers: a leave while the slot is on its way is heard "
                 "where it was",
                 "[redis_servers]") {
  enter();
  migrating[room_slot] = second_port;
  published.clear();
  tell(backplane, vacate_atom_v, std::string{"lobby"}, session_id{1});
  serve();
  CHECK(published_at(second_port) == 1);
  CHECK(published_at(first_port) == 1);
  CHECK(published.back()
        == "7001 room:lobby {\"senderId\":\"sb:testtesttest:0:1\",\"data\":"
             + std::string{peer_disconnected_text}
             + ",\"originServerId\":\"testtesttest\"}");
}
