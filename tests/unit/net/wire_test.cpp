#include "tests/support/wire_fixture.hpp"

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

using namespace signalbox;
using namespace signalbox::test;
using Catch::Matchers::StartsWith;

// -- opening ------------------------------------------------------------------

TEST_CASE_METHOD(wire_fixture, "wire: a numeric address opens and is told",
                 "[wire]") {
  test_server server;
  connect(server.target());
  CHECK(user.calls == 0);
  until([&] { return user.opened > 0 && server.accept(); });
  CHECK(user.opened == 1);
  CHECK_FALSE(user.lost);
}

TEST_CASE_METHOD(wire_fixture, "wire: the path of a Unix socket opens",
                 "[wire]") {
  temporary_directory directory;
  test_server server{directory.file("socket")};
  connect({directory.file("socket"), 0, false});
  CHECK(user.calls == 0);
  until([&] { return user.opened > 0 && server.accept(); });
  user.line->write("hello");
  until([&] { return server.receive() && server.received == "hello"; });
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: a TCP wire has no delay and is kept alive", "[wire]") {
  test_server server;
  int found[2]{-1, -1};
  // The only new descriptor whose peer is the server is the wire's.
  open(server);
  socket_address near;
  near.length = sizeof near.storage;
  REQUIRE(::getpeername(server.peer.get(), near.name(), &near.length) == 0);
  for (int i = 0; i < 1024; ++i) {
    socket_address x;
    x.length = sizeof x.storage;
    if (::getsockname(i, x.name(), &x.length) != 0
        || x.to_string() != near.to_string())
      continue;
    socklen_t size = sizeof(int);
    ::getsockopt(i, IPPROTO_TCP, TCP_NODELAY, &found[0], &size);
    ::getsockopt(i, SOL_SOCKET, SO_KEEPALIVE, &found[1], &size);
  }
  CHECK(found[0] == 1);
  CHECK(found[1] == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: localhost is looked up and opens",
                 "[wire]") {
  test_server server;
  connect(server.target("localhost"));
  until([&] { return user.opened > 0 && server.accept(); });
  CHECK_FALSE(user.lost);
}

// -- not opening --------------------------------------------------------------

TEST_CASE_METHOD(wire_fixture, "wire: a refused connection is told once",
                 "[wire]") {
  const auto server = closed_server();
  connect(server.target());
  CHECK(user.calls == 0);
  until([&] { return user.lost.has_value(); });
  turns();
  CHECK(user.lost == "connect " + server.name() + ": Connection refused");
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture,
                 "wire: what fails at once is told after the call of connect",
                 "[wire]") {
  connect({"/no/such/socket", 0, false});
  CHECK(user.calls == 0);
  turns();
  CHECK(user.lost == "connect /no/such/socket: No such file or directory");
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: an unreachable address is told",
                 "[wire]") {
  connect({"255.255.255.255", 6379, false});
  until([&] { return user.lost.has_value(); });
  CHECK_THAT(*user.lost, StartsWith("connect 255.255.255.255:6379: "));
}

TEST_CASE_METHOD(wire_fixture, "wire: a path that is too long is told",
                 "[wire]") {
  const std::string path(108, 'x');
  connect({path, 0, false});
  turns();
  CHECK(user.lost == "connect " + path + ": no path of a Unix socket");
}

TEST_CASE_METHOD(wire_fixture, "wire: TLS without its set-up is told",
                 "[wire]") {
  test_server server;
  connect(server.target("127.0.0.1", true));
  turns();
  CHECK(user.lost == "connect 127.0.0.1: TLS is not set up");
}

TEST_CASE_METHOD(wire_fixture, "wire: a name that does not exist is told",
                 "[wire]") {
  connect({"no-such-host.invalid", 6379, false});
  CHECK(user.calls == 0);
  until([&] { return user.lost.has_value(); });
  CHECK_THAT(*user.lost, StartsWith("resolve no-such-host.invalid: "));
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(wire_fixture, "wire: a lack of descriptors is told",
                 "[wire]") {
  test_server server;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  connect(server.target());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  turns();
  CHECK(user.lost == "connect " + server.name() + ": Too many open files");
}
