#include "net/tls_channel.hpp"

#include "tests/support/tls_session.hpp"

#include <catch2/catch.hpp>

#include <new>
#include <thread>

using namespace signalbox;
using namespace signalbox::test;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A client's and a server's end, and what is on its way to each.
struct two_ends : server_files {
  two_ends()
    : trust(client_options()),
      server_side(options()),
      client(trust, "localhost",
             [this](std::string_view x) { to_server += x; }),
      server(server_side, [this](std::string_view x) {
        if (is_memory_gone)
          throw std::bad_alloc{};
        to_client += x;
      }) {
    // nop
  }

  /// What the end makes of all that is on its way to it.
  static std::string read(tls_channel& end, std::string& bytes,
                          error_code& error) {
    const auto input = std::exchange(bytes, {});
    end.receive(input);
    std::string result;
    std::string buffer(1000, '\0');
    for (error = {}; !error;)
      result.append(buffer, 0, end.read(buffer, error));
    return result;
  }

  std::string read_server() { return read(server, to_server, error); }

  std::string read_client() { return read(client, to_client, error); }

  void shake_hands() {
    REQUIRE(client.shake_hands() == asio::error::would_block);
    for (int i = 0; i < 4; ++i) {
      REQUIRE(read_server().empty());
      REQUIRE(read_client().empty());
    }
    REQUIRE(client.are_hands_shaken());
    REQUIRE(server.are_hands_shaken());
  }

  tls_client trust;
  tls_server server_side;
  std::string to_server;
  std::string to_client;
  tls_channel client;
  tls_channel server;
  error_code error;
  /// The server's, for what it has to say.
  bool is_memory_gone = false;
};

} // namespace

TEST_CASE_METHOD(two_ends, "tls_channel: two ends understand each other",
                 "[tls_channel]") {
  shake_hands();
  CHECK_FALSE(client.write("from the client"));
  CHECK(read_server() == "from the client");
  CHECK(error == asio::error::would_block);
  CHECK_FALSE(server.write("from the server"));
  CHECK(read_client() == "from the server");
}

TEST_CASE_METHOD(two_ends, "tls_channel: reading shakes hands",
                 "[tls_channel]") {
  client.shake_hands();
  CHECK_FALSE(server.are_hands_shaken());
  read_server();
  CHECK_FALSE(server.are_hands_shaken());
  read_client();
  CHECK(client.are_hands_shaken());
  // With the first words behind what ends the handshake.
  client.write("at once");
  CHECK(read_server() == "at once");
}

TEST_CASE_METHOD(two_ends, "tls_channel: input may come byte by byte",
                 "[tls_channel]") {
  client.shake_hands();
  std::string heard;
  const auto feed = [&](tls_channel& end, std::string& bytes) {
    for (const auto c : std::exchange(bytes, {})) {
      std::string one(1, c);
      heard += read(end, one, error);
      REQUIRE(error == asio::error::would_block);
    }
  };
  for (int i = 0; i < 3; ++i) {
    feed(server, to_server);
    feed(client, to_client);
  }
  client.write("slowly");
  feed(server, to_server);
  CHECK(heard == "slowly");
}

TEST_CASE_METHOD(two_ends,
                 "tls_channel: plaintext fits the ciphertext and one record",
                 "[tls_channel]") {
  shake_hands();
  const std::string text(200'000, 'x');
  client.write(text);
  std::size_t received = 0;
  std::size_t heard = 0;
  std::string piece;
  for (const auto all = std::exchange(to_server, {}); received < all.size();) {
    piece = all.substr(received, 5000);
    received += piece.size();
    heard += read(server, piece, error).size();
    CHECK(heard <= received + tls_channel::record_bytes_max);
  }
  CHECK(heard == text.size());
}

TEST_CASE_METHOD(two_ends, "tls_channel: an end that is told is an end",
                 "[tls_channel]") {
  shake_hands();
  client.write("last");
  client.close();
  CHECK(read_server() == "last");
  CHECK(error == asio::error::eof);
  client.close();
  CHECK(to_server.empty()); // Not twice.
  // The other direction still is open.
  CHECK_FALSE(server.write("answer"));
  CHECK(read_client() == "answer");
}

TEST_CASE_METHOD(two_ends,
                 "tls_channel: before hands are shaken no end is told",
                 "[tls_channel]") {
  server.close();
  CHECK(to_client.empty());
}

TEST_CASE_METHOD(two_ends, "tls_channel: a changed byte ends the session",
                 "[tls_channel]") {
  shake_hands();
  client.write("a text");
  to_server.back() = static_cast<char>(to_server.back() ^ 1);
  CHECK(read_server() == "");
  CHECK(server.reason_of(error) == "decryption failed or bad record mac");
  // It was well once: no handshake has failed.
  CHECK(server.are_hands_shaken());
  CHECK(read_client() == "");
  CHECK(client.reason_of(error) == "sslv3 alert bad record mac");
}

TEST_CASE_METHOD(two_ends, "tls_channel: plain HTTP is no TLS",
                 "[tls_channel]") {
  to_server = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  CHECK(read_server() == "");
  CHECK(server.reason_of(error) == "http request");
  CHECK_FALSE(server.are_hands_shaken());
}

TEST_CASE_METHOD(two_ends, "tls_channel: garbage is no TLS", "[tls_channel]") {
  to_server = std::string(64, '\xff');
  CHECK(read_server() == "");
  CHECK(server.reason_of(error) == "wrong version number");
}

TEST_CASE_METHOD(two_ends,
                 "tls_channel: without memory for its output it fails, and "
                 "throws nothing",
                 "[tls_channel]") {
  SECTION("when it shakes hands") {
    client.shake_hands();
    is_memory_gone = true;
    CHECK(read_server() == "");
    CHECK(error == asio::ssl::error::unexpected_result);
  }
  SECTION("when it writes") {
    shake_hands();
    is_memory_gone = true;
    CHECK(server.write("a text") == asio::ssl::error::unexpected_result);
    is_memory_gone = false;
  }
  SECTION("when it closes") {
    shake_hands();
    is_memory_gone = true;
  }
  server.close();
  CHECK(read_client() == "");
  CHECK(error == asio::error::would_block);
}

TEST_CASE_METHOD(two_ends, "tls_channel: one thread after another may use it",
                 "[tls_channel]") {
  shake_hands();
  client.write("here");
  CHECK(read_server() == "here");
  std::thread{[&] {
    client.write("there");
    CHECK(read_server() == "there");
    server.write("and back");
  }}.join();
  CHECK(read_client() == "and back");
}
