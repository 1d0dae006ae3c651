#include "actors/room.hpp"
#include "actors/room_directory.hpp"
#include "schema/frames.hpp"
#include "tests/support/fake_neighbours.hpp"
#include "tests/support/joined_session.hpp"

#include <catch2/catch.hpp>

// A room and its sessions on one shard, all of them real but for the sockets:
// what they have to say to each other needs no mailbox, as long as nothing
// waits in one.

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct lobby : deterministic_system {
  explicit lobby(const adjustment& adjust = {})
    : deterministic_system(adjust, 2) {
    spawn<fake_supervisor>(failures);
    spawn<fake_backplane>(asked);
    spawn<room_directory>();
    run();
    // Sessions of the other shard have their rooms here.
    at(1).directory = at(0).directory;
    at(1).supervisor = at(0).supervisor;
    a = join();
    b = join();
  }

  session_actor join(std::size_t shard = 0) { return join_lobby(*this, shard); }

  static fake_session& of(const session_actor& who) {
    return object_of<fake_session>(who);
  }

  room& the_room() {
    return static_cast<room&>(*at().actors.first(actor_kind::room));
  }

  transcript& failures = new_transcript();
  /// What the backplane was asked, in order.
  transcript& asked = new_transcript();
  session_actor a;
  session_actor b;
};

struct clustered_lobby : lobby {
  clustered_lobby() : lobby([](options& x) { x.redis_url.emplace(); }) {
    // nop
  }
};

struct strict_lobby : lobby {
  strict_lobby()
    : lobby([](options& x) { x.rate_limit_room_msgs_per_10s = 3; }) {
    // nop
  }
};

const std::string good_bye{peer_disconnected_text};

} // namespace

TEST_CASE_METHOD(lobby, "neighbours: what one says the others have at once",
                 "[neighbours]") {
  const auto c = join();
  of(a).event({saying("1"), saying("2")});
  CHECK(of(b).written == std::vector{saying("1"), saying("2")});
  CHECK(of(c).written == std::vector{saying("1"), saying("2")});
  CHECK(of(a).written.empty());
  CHECK(at().figures.messages_forwarded.value() == 4);
  CHECK(the_room().messages() == 2);
  CHECK(of(b).details().facts.messages_out == 2);
}

TEST_CASE_METHOD(lobby, "neighbours: what waits at a receiver comes first",
                 "[neighbours]") {
  caf::anon_send(b, deliver_atom_v, batch_of({saying("0")}));
  of(a).event({saying("1")});
  CHECK(of(b).written.empty());
  run();
  CHECK(of(b).written == std::vector{saying("0"), saying("1")});
}

TEST_CASE_METHOD(lobby, "neighbours: what waits at the room comes first",
                 "[neighbours]") {
  caf::anon_send(caf::actor_cast<room_actor>(the_room().ctrl()), relay_atom_v,
                 session_id{}, batch_of({saying("0")}));
  of(a).event({saying("1")});
  CHECK(of(b).written.empty());
  run();
  CHECK(of(b).written == std::vector{saying("0"), saying("1")});
}

TEST_CASE_METHOD(lobby, "neighbours: who leaves is heard out first",
                 "[neighbours]") {
  of(a).receive(saying("last words"));
  of(a).drop();
  run();
  CHECK(of(b).written == std::vector{saying("last words"), good_bye});
}

TEST_CASE_METHOD(lobby, "neighbours: who fails is no matter of the others",
                 "[neighbours]") {
  const auto c = join();
  of(b).throws_on_write = true;
  of(a).event({saying("1")});
  CHECK(of(c).written == std::vector{saying("1")});
  CHECK(of(b).closes.size() == 1);
  run();
  CHECK(failures == transcript{"failed session"});
  CHECK(of(a).written == std::vector{good_bye});
  CHECK(of(c).written == std::vector{saying("1"), good_bye});
  of(c).event({saying("2")});
  CHECK(of(a).written == std::vector{good_bye, saying("2")});
}

TEST_CASE_METHOD(lobby, "neighbours: who reads too slowly is closed meanwhile",
                 "[neighbours]") {
  const auto c = join();
  const auto limit = settings.backpressure_threshold_bytes;
  of(b).kernel_refuses = limit + 1;
  const std::string large(60'000, 'x');
  for (std::size_t sent = 0; sent <= limit; sent += large.size())
    of(a).event({saying(large)});
  CHECK(of(b).closes.size() == 1);
  of(a).event({saying("meanwhile")});
  run();
  of(a).event({saying("later")});
  CHECK(of(b).writes_after_close == 0);
  CHECK(of(b).closes.size() == 1);
  const auto& heard = of(c).written;
  REQUIRE(heard.size() > 3);
  CHECK(std::vector(heard.end() - 3, heard.end())
        == std::vector{good_bye, saying("meanwhile"), saying("later")});
  CHECK(at().figures.backpressure_closes.value() == 1);
}

TEST_CASE_METHOD(lobby,
                 "neighbours: a session of another shard hears by its mailbox",
                 "[neighbours]") {
  const auto far = join(1);
  of(a).event({saying("1")});
  CHECK(of(b).written == std::vector{saying("1")});
  CHECK(of(far).written.empty());
  run();
  CHECK(of(far).written == std::vector{saying("1")});
  of(far).event({saying("2")});
  CHECK(of(a).written.empty());
  run();
  CHECK(of(a).written == std::vector{saying("2")});
}

TEST_CASE_METHOD(lobby,
                 "neighbours: what a receiver has still to read stays as it is",
                 "[neighbours]") {
  const auto far = join(1);
  of(a).event({saying("1"), saying("2")});
  of(a).event({saying("3")});
  of(b).event({saying("4")});
  run();
  CHECK(of(far).written
        == std::vector{saying("1"), saying("2"), saying("3"), saying("4")});
}

TEST_CASE_METHOD(lobby, "neighbours: a batch is what one event brought",
                 "[neighbours]") {
  of(a).event({saying("1"), saying("2")});
  CHECK(at().spare_batch);
  of(a).event({R"({"candidate":null})"});
  CHECK(of(b).written
        == std::vector<std::string>{saying("1"), saying("2"),
                                    R"({"candidate":null})"});
  CHECK(the_room().messages() == 3);
  const auto heard = of(b).details().events;
  CHECK(heard.back().detail
        == static_cast<std::uint8_t>(message_kind::candidate));
}

TEST_CASE_METHOD(clustered_lobby,
                 "neighbours: who got a seat of the backplane is one too",
                 "[neighbours]") {
  REQUIRE(asked == transcript{"seat lobby 1", "seat lobby 2"});
  of(a).event({saying("1")});
  CHECK(of(b).written == std::vector{saying("1")});
  of(b).event({saying("2")});
  CHECK(of(a).written == std::vector{saying("2")});
}

TEST_CASE_METHOD(strict_lobby,
                 "neighbours: what is over the room's limit is told its sender",
                 "[neighbours]") {
  const std::string long_one(100, 'x');
  of(a).event({saying("1"), saying("2")});
  of(a).event({saying("3"), saying(long_one)});
  // Until the sender has heard of it, the batch is not used again.
  of(b).event({saying("5")});
  CHECK(of(b).written == std::vector{saying("1"), saying("2"), saying("3")});
  CHECK(of(a).written.empty());
  run();
  const auto last = of(a).details().events.back();
  CHECK(last.kind == event_kind::dropped);
  CHECK(last.bytes == saying(long_one).size());
}

TEST_CASE_METHOD(lobby, "neighbours: who has left is not spoken to",
                 "[neighbours]") {
  of(b).drop();
  run();
  const auto handled = at().actors.sums(actor_kind::session).handled;
  of(a).event({saying("1")});
  run();
  CHECK(at().actors.sums(actor_kind::session).handled == handled);
  CHECK(of(a).written == std::vector{good_bye});
  of(a).drop();
  run();
  CHECK(at().figures.rooms.value() == 0);
}
