#include "net/connected_socket.hpp"

#include "tests/support/socket_fixture.hpp"
#include "tests/support/tls_session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/ioctl.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct tls_socket_fixture : server_files, socket_fixture {
  tls_socket_fixture()
    : server(options()), trust(client_options()), client(trust, sockets) {
    socket.start_tls(server);
  }

  /// Both ends in turn, until neither has anything to say.
  std::string exchange() {
    std::string result;
    for (int i = 0; i < 4; ++i) {
      client.go_on();
      result += receive();
      socket.flush();
    }
    client.go_on();
    return result;
  }

  /// One event's share of what is there.
  std::string receive_once() {
    const auto piece = socket.receive();
    return {piece.begin(), piece.end()};
  }

  /// Bytes that the kernel holds for the socket.
  std::size_t queued() const {
    int result = 0;
    REQUIRE(::ioctl(socket.native_handle(), FIONREAD, &result) == 0);
    return static_cast<std::size_t>(result);
  }

  tls_server server;
  tls_client trust;
  tls_far_end client;
};

} // namespace

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: bytes go both ways",
                 "[connected_socket]") {
  CHECK(exchange() == "");
  CHECK(client.channel.are_hands_shaken());
  client.write("hello");
  CHECK(exchange() == "hello");
  say("hello to you");
  client.go_on();
  CHECK(client.received == "hello to you");
  CHECK(socket.is_tls());
  CHECK(socket.handshake_failure() == "");
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: nothing is held back where epoll does "
                 "not see it",
                 "[connected_socket]") {
  exchange();
  // Records of all sizes, cut anywhere.
  const std::string text(300'000, 'x');
  sockets.make_room(4 * 1024 * 1024);
  for (std::size_t at = 0, size = 1; at < text.size(); at += size, size += 97)
    client.write(std::string_view{text}.substr(at, size));
  CHECK(receive().size() == text.size());
}

TEST_CASE_METHOD(
  tls_socket_fixture,
  "connected_socket, TLS: it receives by one recv at a time, and "
  "is readable while there is more",
  "[connected_socket]") {
  exchange();
  // With what may be held back of a record it fits the read buffer.
  constexpr auto recv_max = shard::buffer_bytes - tls_channel::record_bytes_max;
  constexpr std::size_t records = 12;
  constexpr std::size_t plain_bytes = 16 * 1024;
  const auto bytes = client.encrypt(std::string(records * plain_bytes, 'x'));
  const auto record_bytes = bytes.size() / records;
  REQUIRE(bytes.size() > 4 * recv_max);
  sockets.make_room(4 * 1024 * 1024);
  REQUIRE(sockets.send(bytes) == bytes.size());
  socket.note(EPOLLIN);
  std::size_t taken = 0;
  std::size_t received = 0;
  while (taken < bytes.size()) {
    REQUIRE(socket.is_readable());
    received += receive_once().size();
    taken += std::min(recv_max, bytes.size() - taken);
    REQUIRE(queued() == bytes.size() - taken);
    // All that is whole, and no more.
    REQUIRE(received == taken / record_bytes * plain_bytes);
  }
  CHECK(received == records * plain_bytes);
  CHECK_FALSE(socket.is_readable());
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: a large record is waited for until it "
                 "is whole",
                 "[connected_socket]") {
  exchange();
  const std::string text(16 * 1024, 'x');
  const auto record = client.encrypt(text);
  REQUIRE(record.size() > text.size());
  for (std::size_t at = 0; at < record.size() - 1; at += 1000) {
    sockets.send(std::string_view{record}.substr(
      at, std::min<std::size_t>(1000, record.size() - 1 - at)));
    socket.note(EPOLLIN);
    REQUIRE(receive_once() == "");
    REQUIRE(queued() == 0);
    REQUIRE_FALSE(socket.is_readable());
    REQUIRE_FALSE(socket.has_ended());
  }
  sockets.send(std::string_view{record}.substr(record.size() - 1));
  socket.note(EPOLLIN);
  CHECK((receive_once() == text));
  CHECK_FALSE(socket.is_readable());
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: the end within a record is the end",
                 "[connected_socket]") {
  exchange();
  const auto record = client.encrypt("never whole");
  sockets.send(std::string_view{record}.substr(0, record.size() - 1));
  sockets.far.close();
  socket.note(EPOLLIN | EPOLLRDHUP);
  CHECK(receive_once() == "");
  // What epoll has told it will not tell again.
  CHECK(socket.is_readable());
  CHECK(receive_once() == "");
  CHECK(socket.end() == 0);
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: a turn's output is encrypted as one",
                 "[connected_socket]") {
  exchange();
  const auto before = client.ciphertext_bytes;
  for (int i = 0; i < 100; ++i)
    socket.append("0123456789");
  CHECK(socket.unsent_bytes() == 1000);
  socket.flush();
  CHECK(socket.unsent_bytes() == 0);
  client.go_on();
  CHECK(client.received.size() == 1000);
  // One record: 22 bytes more than the text.
  CHECK(client.ciphertext_bytes - before == 1022);
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: what the kernel refuses is unsent, "
                 "encrypted or not",
                 "[connected_socket]") {
  exchange();
  std::string text;
  while (text.size() < 4 * 1024 * 1024)
    text += "0123456789abcdef";
  say(text);
  const auto refused = socket.unsent_bytes();
  CHECK(refused > 0);
  CHECK_FALSE(socket.is_writable());
  say("end");
  CHECK(socket.unsent_bytes() == refused + 3);
  text += "end";
  while (client.received.size() < text.size()) {
    client.go_on();
    socket.note(EPOLLOUT);
    socket.flush();
  }
  CHECK((client.received == text));
  CHECK(socket.unsent_bytes() == 0);
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: closing tells the end behind all else",
                 "[connected_socket]") {
  exchange();
  SECTION("at once") {
    socket.append("last");
    socket.close();
  }
  SECTION("for one who is still sending") {
    socket.append("last");
    socket.shut_down_output();
    socket.append("thrown away");
    socket.flush();
  }
  client.go_on();
  CHECK(client.received == "last");
  CHECK(client.error == boost::asio::error::eof);
  CHECK(client.has_ended);
}

TEST_CASE_METHOD(
  tls_socket_fixture,
  "connected_socket, TLS: the end follows what the kernel refused",
  "[connected_socket]") {
  exchange();
  const std::string much(4 * 1024 * 1024, 'x');
  say(much);
  socket.append("last");
  socket.shut_down_output();
  while (!client.has_ended) {
    client.go_on();
    socket.note(EPOLLOUT);
    socket.flush();
  }
  CHECK(client.received.size() == much.size() + 4);
  CHECK(client.error == boost::asio::error::eof);
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: the client's end is an end",
                 "[connected_socket]") {
  exchange();
  client.write("last");
  SECTION("when it takes its leave") {
    client.channel.close();
    client.go_on();
  }
  SECTION("when it does not") {
    sockets.far.close();
    socket.note(EPOLLRDHUP);
  }
  CHECK(receive() == "last");
  CHECK(socket.has_ended());
  CHECK(socket.end() == 0);
  // And is so for whoever asks later.
  CHECK(socket.is_readable());
  CHECK(socket.receive().empty());
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: garbage within a session ends it",
                 "[connected_socket]") {
  exchange();
  client.write("well");
  sockets.send("GET / HTTP/1.1\r\n");
  CHECK(receive() == "well");
  CHECK(socket.end() == EPROTO);
  CHECK(socket.handshake_failure() == ""); // That was well.
  say("nobody is told");
  client.go_on();
  CHECK(client.received == "");
}

TEST_CASE_METHOD(
  tls_socket_fixture,
  "connected_socket, TLS: what is no handshake is said to be none",
  "[connected_socket]") {
  sockets.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(receive() == "");
  CHECK(socket.end() == EPROTO);
  CHECK(socket.handshake_failure() == "http request");
  socket.close();
}

TEST_CASE("connected_socket, TLS: a client that trusts another is told apart",
          "[connected_socket]") {
  tls_socket_fixture x;
  const server_files stranger;
  tls_client trust{stranger.client_options()};
  tls_far_end client{trust, x.sockets};
  for (int i = 0; i < 3; ++i) {
    client.go_on();
    x.receive();
  }
  CHECK(x.socket.end() == EPROTO);
  CHECK(x.socket.handshake_failure() == "tlsv1 alert unknown ca");
}

TEST_CASE_METHOD(tls_socket_fixture,
                 "connected_socket, TLS: moved, it goes on with its session",
                 "[connected_socket]") {
  exchange();
  socket.append("before ");
  connected_socket moved{on(), std::move(socket)};
  moved.append("and after");
  moved.flush();
  client.go_on();
  CHECK(client.received == "before and after");
  client.write("so do I");
  moved.note(all_events);
  const auto heard = moved.receive();
  CHECK(std::string{heard.begin(), heard.end()} == "so do I");
}

TEST_CASE_METHOD(
  tls_socket_fixture,
  "connected_socket, TLS: a certificate that was replaced serves "
  "its sessions",
  "[connected_socket]") {
  exchange();
  replace();
  server.reload();
  client.write("still here");
  CHECK(exchange() == "still here");
}
