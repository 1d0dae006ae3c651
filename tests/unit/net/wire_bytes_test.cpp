#include "tests/support/wire_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- bytes --------------------------------------------------------------------

TEST_CASE_METHOD(wire_fixture, "wire: what the server sends is received",
                 "[wire]") {
  test_server server;
  open(server);
  server.send("hello");
  until([&] { return user.received == "hello"; });
  CHECK(user.pieces == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: a turn's output leaves together",
                 "[wire]") {
  test_server server;
  open(server);
  in_turn([&] {
    user.line->write("hello ");
    user.line->write("again");
    CHECK(user.line->unsent_bytes() == 11);
  });
  CHECK(user.line->unsent_bytes() == 0);
  until([&] { return server.receive() && !server.received.empty(); });
  CHECK(server.received == "hello again");
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: what is written before it opens is dropped", "[wire]") {
  test_server server;
  connect(server.target());
  user.line->write("too early");
  CHECK(user.line->unsent_bytes() == 0);
  until([&] { return user.opened > 0 && server.accept(); });
  user.line->write("in time");
  until([&] { return server.receive() && !server.received.empty(); });
  CHECK(server.received == "in time");
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: a slow server gets all of a large output, in order",
                 "[wire]") {
  test_server server;
  open(server);
  const auto text = much_text();
  in_turn([&] { user.line->write(text); });
  const auto unsent = user.line->unsent_bytes();
  CHECK(unsent > 0);
  CHECK(unsent < text.size());
  in_turn([&] { user.line->write("end"); });
  CHECK(user.line->unsent_bytes() == unsent + 3);
  until([&] { return server.receive() && user.line->unsent_bytes() == 0; });
  until([&] {
    return server.receive() && server.received.size() == text.size() + 3;
  });
  CHECK((server.received == text + "end"));
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: a large input is received whole, in order", "[wire]") {
  test_server server;
  open(server);
  const auto text = much_text();
  std::size_t sent = 0;
  until([&] {
    sent += server.send(std::string_view{text}.substr(sent));
    return user.received.size() == text.size();
  });
  CHECK((user.received == text));
}

TEST_CASE_METHOD(wire_fixture, "wire: a loud server leaves others their turns",
                 "[wire]") {
  constexpr std::size_t share = 4 * shard::buffer_bytes;
  test_server loud;
  test_server quiet;
  test_user other;
  open(loud);
  other.line = wires->connect(quiet.target(), other, 20s);
  until([&] { return other.opened > 0 && quiet.accept(); });
  std::size_t sent = 0;
  while (const auto size = loud.send(std::string(64 * 1024, 'x')))
    sent += size;
  REQUIRE(sent > 2 * share);
  quiet.send("hello");
  std::size_t read_before = sent;
  other.on_received = [&] { read_before = user.received.size(); };
  until([&] { return user.received.size() == sent; });
  CHECK(other.received == "hello");
  CHECK(read_before <= share);
}

// -- the server's end ---------------------------------------------------------

TEST_CASE_METHOD(wire_fixture,
                 "wire: the server's last bytes come before its end",
                 "[wire]") {
  test_server server;
  open(server);
  server.send("last");
  server.peer.close();
  until([&] { return user.lost.has_value(); });
  turns();
  CHECK(user.received == "last");
  CHECK(user.lost == server.name() + ": closed by the server");
  CHECK(user.calls == 3);
}

TEST_CASE_METHOD(wire_fixture, "wire: a reset is told with its reason",
                 "[wire]") {
  test_server server;
  open(server);
  server.reset();
  until([&] { return user.lost.has_value(); });
  CHECK(user.lost == server.name() + ": Connection reset by peer");
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: a lost wire takes what is written in vain", "[wire]") {
  test_server server;
  open(server);
  server.peer.close();
  until([&] { return user.lost.has_value(); });
  in_turn([&] { user.line->write("nobody reads this"); });
  CHECK(user.line->unsent_bytes() == 0);
  CHECK(user.calls == 2);
}
