#include "tests/support/wire_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- time ---------------------------------------------------------------------

TEST_CASE_METHOD(wire_fixture,
                 "wire: a server that does not answer is given up", "[wire]") {
  full_server silent;
  connect(silent.server.target(), 1s);
  pass(999ms);
  CHECK(user.calls == 0);
  pass(1500ms);
  CHECK(user.lost
        == "connect " + silent.server.name() + ": Connection timed out");
  CHECK(user.calls == 1);
}

TEST_CASE("wire: a name that is not looked up in time is given up", "[wire]") {
  std::promise<void> end;
  auto ended = end.get_future().share();
  wire_fixture x{nullptr, [ended](const std::string&) {
                   ended.wait();
                   return name_answer{};
                 }};
  x.connect({"slow.example", 6379, false}, 1s);
  x.pass(999ms);
  CHECK(x.user.calls == 0);
  x.pass(1500ms);
  CHECK(x.user.lost == "resolve slow.example: Connection timed out");
  end.set_value();
}

TEST_CASE_METHOD(wire_fixture, "wire: an open wire has no more time limit",
                 "[wire]") {
  test_server server;
  open(server);
  pass(1h);
  CHECK_FALSE(user.lost);
}

// -- names with several addresses ---------------------------------------------

TEST_CASE("wire: the addresses of a name are tried in order", "[wire]") {
  const auto closed = closed_server();
  test_server server;
  // Nobody listens on the first one's address.
  wire_fixture x{nullptr, [](const std::string&) {
                   return name_answer{
                     {socket_address::of(*ip_address::parse("127.0.0.2"), 0),
                      socket_address::of(*ip_address::parse("127.0.0.1"), 0)},
                     ""};
                 }};
  SECTION("until one is reached") {
    x.connect(server.target("both.example"));
    x.until([&] { return x.user.opened > 0 && server.accept(); });
    CHECK(x.user.calls == 1);
  }
  SECTION("and all their failures are told") {
    x.connect(closed.target("both.example"));
    x.until([&] { return x.user.lost.has_value(); });
    const auto port = std::to_string(closed.listener.port);
    CHECK(x.user.lost
          == "connect 127.0.0.2:" + port + ": Connection refused; connect "
               + closed.name() + ": Connection refused");
  }
}

TEST_CASE("wire: an address that swallows everything leaves time for the next",
          "[wire]") {
  full_server silent;
  auto second = socket_address::of(*ip_address::parse("127.0.0.2"), 0);
  second.set_port(silent.server.listener.port);
  descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  REQUIRE(::bind(listener.get(), second.name(), second.length) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  wire_fixture x{nullptr, [](const std::string&) {
                   return name_answer{
                     {socket_address::of(*ip_address::parse("127.0.0.1"), 0),
                      socket_address::of(*ip_address::parse("127.0.0.2"), 0)},
                     ""};
                 }};
  x.connect(silent.server.target("both.example"), 60s);
  // Who asks for the same name gets the same answer, after the first.
  const auto closed = closed_server();
  test_user other;
  other.line = x.wires->connect(closed.target("both.example"), other, 60s);
  x.until([&] { return other.lost.has_value(); });
  x.pass(29s);
  CHECK(x.user.calls == 0);
  x.pass(31s);
  x.until([&] { return x.user.calls > 0; });
  CHECK(x.user.opened == 1);
}
