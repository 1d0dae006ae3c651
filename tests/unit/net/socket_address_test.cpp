#include "net/outgoing_socket.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <sys/un.h>

using namespace signalbox;

TEST_CASE("socket_address: an address reads as text", "[socket_address]") {
  const auto text = [](const char* host) {
    return socket_address::of(*ip_address::parse(host), 80).to_string();
  };
  CHECK(text("1.2.3.4") == "1.2.3.4:80");
  CHECK(text("::1") == "[::1]:80");
  CHECK(text("::ffff:1.2.3.4") == "1.2.3.4:80");
  CHECK(socket_address::of_path("/run/redis")->to_string() == "/run/redis");
}

TEST_CASE("socket_address: its port may be set", "[socket_address]") {
  auto x = socket_address::of(*ip_address::parse("::1"), 0);
  x.set_port(65535);
  CHECK(x.port() == 65535);
  CHECK(address_of(x.storage) == ip_address::parse("::1"));
}

TEST_CASE("socket_address: what comes from the kernel is copied",
          "[socket_address]") {
  const auto x = socket_address::of(*ip_address::parse("10.0.0.1"), 7);
  CHECK(socket_address::of(x.name(), x.length).to_string() == "10.0.0.1:7");
}

TEST_CASE("socket_address: a path that the kernel would cut is refused",
          "[socket_address]") {
  const std::string longest(sizeof(sockaddr_un::sun_path) - 1, 'x');
  CHECK(socket_address::of_path(longest)->to_string() == longest);
  CHECK_FALSE(socket_address::of_path(longest + "x"));
  CHECK_FALSE(socket_address::of_path(""));
  CHECK_FALSE(socket_address::of_path(std::string_view{"a\0b", 3}));
}

TEST_CASE("outgoing_socket: one that is connected to itself is refused",
          "[outgoing_socket]") {
  descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto name = socket_address::of(*ip_address::parse("127.0.0.1"), 0);
  REQUIRE(::bind(socket.get(), name.name(), name.length) == 0);
  REQUIRE(::getsockname(socket.get(), name.name(), &name.length) == 0);
  REQUIRE(::connect(socket.get(), name.name(), name.length) == 0);
  CHECK(connect_result(socket.get()) == ECONNREFUSED);
}

TEST_CASE("outgoing_socket: one that was never connected is still to come",
          "[outgoing_socket]") {
  descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  CHECK(connect_result(socket.get()) == EINPROGRESS);
}
