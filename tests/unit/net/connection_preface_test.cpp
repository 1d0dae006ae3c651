#include "net/connection_preface.hpp"

#include "tests/support/shard_fixture.hpp"
#include "tests/support/tls_session.hpp"

#include <catch2/catch.hpp>

#include <sys/epoll.h>

using namespace signalbox;
using namespace signalbox::test;
using outcome = connection_preface::outcome;

namespace {

const auto proxy = *ip_address::parse("10.0.0.1");
const auto stranger = *ip_address::parse("192.0.2.1");

options behind_proxy() {
  options result;
  result.proxy_protocol = true;
  result.trusted_proxies = {*cidr::parse("10.0.0.0/8")};
  return result;
}

struct preface_fixture : shard_fixture {
  preface_fixture() : socket(on(), std::move(sockets.near)) {
    // nop
  }

  outcome take_up(connection_preface& preface, std::string_view bytes) {
    sockets.send(bytes);
    socket.note(EPOLLIN);
    return preface.take_up(socket);
  }

  /// The same, as the last bytes.
  outcome take_up_last(connection_preface& preface, std::string_view bytes) {
    sockets.send(bytes);
    sockets.far.close();
    socket.note(EPOLLIN | EPOLLRDHUP);
    return preface.take_up(socket);
  }

  std::string rest() {
    const auto input = socket.receive();
    return {input.begin(), input.end()};
  }

  const options settings = behind_proxy();
  socket_pair sockets;
  connected_socket socket;
};

struct tls_preface_fixture : server_files, preface_fixture {
  tls_preface_fixture() : tls(options()) {
    // nop
  }

  tls_server tls;
};

} // namespace

TEST_CASE_METHOD(preface_fixture, "connection_preface: there may be none",
                 "[connection_preface]") {
  connection_preface none{proxy};
  CHECK(none.take_up(socket) == outcome::over);
  connection_preface plain{stranger, settings, nullptr};
  CHECK(plain.take_up(socket) == outcome::over);
  CHECK(plain.peer() == stranger);
  CHECK_FALSE(plain.is_source_withheld());
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: without PROXY_PROTOCOL no header is read",
                 "[connection_preface]") {
  auto without = settings;
  without.proxy_protocol = false;
  connection_preface preface{proxy, without, nullptr};
  CHECK(take_up(preface, "PROXY UNKNOWN\r\n") == outcome::over);
  CHECK(rest() == "PROXY UNKNOWN\r\n");
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: a stranger's header is not taken",
                 "[connection_preface]") {
  connection_preface preface{stranger, settings, nullptr};
  CHECK(take_up(preface, "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\n")
        == outcome::over);
  CHECK(preface.peer() == stranger);
  CHECK(rest() == "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\n");
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: a trusted proxy's header is taken, and "
                 "nothing behind it",
                 "[connection_preface]") {
  connection_preface preface{proxy, settings, nullptr};
  CHECK(take_up(preface, "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\nGET /")
        == outcome::over);
  CHECK(preface.peer().to_string() == "1.2.3.4");
  CHECK_FALSE(preface.is_source_withheld());
  CHECK_FALSE(preface.is_tls_with_proxy());
  CHECK(rest() == "GET /");
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: a header without a source leaves the "
                 "proxy, and nobody vouched for",
                 "[connection_preface]") {
  const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};
  const std::string header = GENERATE_COPY(
    std::string{"PROXY UNKNOWN\r\n"},
    std::string{"PROXY UNKNOWN 192.0.2.9 10.0.0.1 1 2\r\n"},
    // LOCAL, also with an address; an unspecified family; a local socket.
    signature + std::string{"\x20\0\0\0", 4},
    signature + std::string{"\x20\x11\0\x0c\xc0\0\2\x09\x0a\0\0\1\0\1\0\2", 16},
    signature + std::string{"\x21\0\0\0", 4},
    signature + std::string{"\x21\x31\0\xd8", 4} + std::string(216, 'x'));
  connection_preface preface{proxy, settings, nullptr};
  CHECK_FALSE(preface.is_source_withheld());
  CHECK(take_up(preface, header) == outcome::over);
  CHECK(preface.peer() == proxy);
  CHECK(preface.is_source_withheld());
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: a header may come in pieces",
                 "[connection_preface]") {
  connection_preface preface{proxy, settings, nullptr};
  CHECK(take_up(preface, "PROXY UNK") == outcome::waiting);
  CHECK_FALSE(socket.is_readable());
  CHECK(take_up(preface, "NOWN\r") == outcome::waiting);
  CHECK(take_up(preface, "\n") == outcome::over);
  CHECK(preface.peer() == proxy);
}

TEST_CASE_METHOD(
  preface_fixture,
  "connection_preface: a trusted proxy without a header is ended",
  "[connection_preface]") {
  connection_preface preface{proxy, settings, nullptr};
  CHECK(take_up(preface, "GET / HTTP/1.1\r\n") == outcome::no_header);
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: a header that stays half is none",
                 "[connection_preface]") {
  connection_preface preface{proxy, settings, nullptr};
  CHECK(take_up_last(preface, "PROXY UNK") == outcome::no_header);
}

TEST_CASE_METHOD(preface_fixture,
                 "connection_preface: an end without a byte is an end",
                 "[connection_preface]") {
  connection_preface preface{proxy, settings, nullptr};
  CHECK(take_up_last(preface, "") == outcome::ended);
}

// -- TLS ----------------------------------------------------------------------

TEST_CASE_METHOD(
  tls_preface_fixture,
  "connection_preface: TLS begins when its first record is there",
  "[connection_preface]") {
  connection_preface preface{stranger, settings, &tls};
  CHECK(take_up(preface, "") == outcome::waiting);
  for (const auto c : std::string{"\x16\x03\x01\0\x03"
                                  "ab",
                                  7}) {
    CHECK(take_up(preface, {&c, 1}) == outcome::waiting);
    CHECK_FALSE(socket.is_readable());
  }
  CHECK_FALSE(socket.is_tls());
  CHECK(take_up(preface, "c") == outcome::over);
  CHECK(socket.is_tls());
}

TEST_CASE_METHOD(
  tls_preface_fixture,
  "connection_preface: what is no TLS, or long, is not waited for",
  "[connection_preface]") {
  connection_preface preface{stranger, settings, &tls};
  SECTION("no handshake") {
    CHECK(take_up(preface, "G") == outcome::over);
  }
  SECTION("a record longer than clients' first are") {
    CHECK(take_up(preface, {"\x16\x03\x01\x10\x01", 5}) == outcome::over);
  }
  CHECK(socket.is_tls());
}

TEST_CASE_METHOD(tls_preface_fixture,
                 "connection_preface: a first record that stays half is an end",
                 "[connection_preface]") {
  connection_preface preface{stranger, settings, &tls};
  CHECK(take_up_last(preface, "\x16\x03") == outcome::ended);
  CHECK_FALSE(socket.is_tls());
}

TEST_CASE_METHOD(tls_preface_fixture,
                 "connection_preface: TLS begins behind the header",
                 "[connection_preface]") {
  connection_preface preface{proxy, settings, &tls};
  CHECK(take_up(preface, "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\n")
        == outcome::waiting);
  CHECK_FALSE(socket.is_tls());
  CHECK(preface.peer().to_string() == "1.2.3.4");
  CHECK(take_up(preface, {"\x16\x03\x01\0\x01x", 6}) == outcome::over);
  CHECK(socket.is_tls());
}
