#include "tests/support/wire_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

TEST_CASE_METHOD(wire_fixture, "wire: its user may destroy it when it opens",
                 "[wire]") {
  test_server server;
  user.on_opened = [&] { user.line.reset(); };
  connect(server.target());
  until([&] { return server.accept() && !server.receive(); });
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: its user may destroy it when bytes come",
                 "[wire]") {
  test_server server;
  open(server);
  user.on_received = [&] { user.line.reset(); };
  server.send(std::string(5 * shard::buffer_bytes, 'x'));
  until([&] { return user.pieces > 0; });
  turns();
  CHECK(user.pieces == 1);
  CHECK_FALSE(user.lost);
}

TEST_CASE_METHOD(wire_fixture, "wire: its user may destroy it when it is lost",
                 "[wire]") {
  test_server server;
  open(server);
  user.on_lost = [&] { user.line.reset(); };
  server.peer.close();
  until([&] { return user.lost.has_value(); });
  turns();
  CHECK(user.calls == 2);
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: its user may open another when it is lost", "[wire]") {
  test_server server;
  user.on_lost = [&] { connect(server.target()); };
  SECTION("after it was open") {
    open(server);
    server.peer.close();
  }
  SECTION("as it could not begin") {
    connect({"/no/such/socket", 0, false});
  }
  const auto before = user.opened;
  until([&] { return user.opened > before && server.accept(); });
  CHECK(user.lost);
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: its user may destroy it when time is over", "[wire]") {
  full_server silent;
  connect(silent.server.target(), 1s);
  user.on_lost = [&] { user.line.reset(); };
  pass(5s);
  turns();
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: destroyed while it connects it says nothing",
                 "[wire]") {
  test_server server;
  connect(server.target(), 1s);
  user.line.reset();
  pass(5s);
  CHECK(user.calls == 0);
}

TEST_CASE_METHOD(
  wire_fixture,
  "wire: destroyed before it could say that it failed it does not", "[wire]") {
  connect({"/no/such/socket", 0, false});
  user.line.reset();
  turns();
  CHECK(user.calls == 0);
}

TEST_CASE_METHOD(wire_fixture, "wire: destroyed while open it closes",
                 "[wire]") {
  test_server server;
  open(server);
  in_turn([&] { user.line.reset(); });
  CHECK_FALSE(server.receive());
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: what was written before its end is sent",
                 "[wire]") {
  test_server server;
  open(server);
  in_turn([&] {
    user.line->write("goodbye");
    user.line.reset();
  });
  until([&] { return !server.receive(); });
  CHECK(server.received == "goodbye");
}

TEST_CASE_METHOD(
  wire_fixture, "wire: one that reads in the next turn may be destroyed before",
  "[wire]") {
  test_server server;
  open(server);
  const int room = 2 * 1024 * 1024;
  ::setsockopt(server.peer.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  while (server.send(std::string(64 * 1024, 'x')) > 0)
    continue;
  // After its share of an event the wire waits in the shard's list.
  user.on_received = [&] {
    if (user.pieces == 4)
      on().post([&] { user.line.reset(); });
  };
  until([&] { return !user.line; });
  CHECK_FALSE(user.lost);
}

TEST_CASE_METHOD(wire_fixture, "wire: one that outlives its maker is closed",
                 "[wire]") {
  test_server server;
  open(server);
  wires.reset();
  CHECK_FALSE(server.receive());
  user.line->write("nobody reads this");
  CHECK(user.line->unsent_bytes() == 0);
  turns();
  CHECK(user.calls == 1);
}

TEST_CASE("wire: an answer for one that is gone is dropped", "[wire]") {
  const auto begun = std::make_shared<std::promise<void>>();
  std::promise<void> go;
  auto may_go = go.get_future().share();
  wire_fixture x{nullptr, [begun, may_go](const std::string&) {
                   begun->set_value();
                   may_go.wait();
                   name_answer answer;
                   answer.error = "nobody asks";
                   return answer;
                 }};
  x.connect({"slow.example", 6379, false});
  await(begun->get_future());
  SECTION("when its user has destroyed it") {
    x.user.line.reset();
    // The next who asks for the name is told by the same look-up.
    test_user other;
    other.line = x.wires->connect({"slow.example", 6379, false}, other, 20s);
    go.set_value();
    x.until([&] { return other.lost.has_value(); });
    CHECK(other.lost == "resolve slow.example: nobody asks");
  }
  SECTION("when its maker is gone") {
    x.wires.reset();
    go.set_value();
  }
  x.turns();
  CHECK(x.user.calls == 0);
}
