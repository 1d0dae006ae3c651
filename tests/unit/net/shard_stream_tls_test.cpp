#include "net/shard_stream.hpp"

#include "tests/support/stream_fixture.hpp"
#include "tests/support/tls_session.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
namespace asio = boost::asio;

namespace {

/// A stream with TLS on it, after the handshake.
struct tls_stream : server_files,
                    private tls_server,
                    stream_fixture<shard_stream> {
  tls_stream()
    : tls_server(options()),
      stream_fixture({}, SOCK_STREAM, this),
      trust(client_options()),
      client(trust, sockets) {
    read_all(64 * 1024);
    exchange();
    REQUIRE(client.channel.are_hands_shaken());
  }

  void exchange() {
    for (int i = 0; i < 4; ++i) {
      client.go_on();
      turns();
    }
    client.go_on();
  }

  std::string all_got() const {
    std::string result;
    for (const auto& x : got)
      result += x;
    return result;
  }

  tls_client trust;
  tls_far_end client;
};

} // namespace

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: reads get plaintext",
                 "[shard_stream_tls]") {
  client.write("hello");
  turns();
  client.write("again");
  turns();
  CHECK(got == pieces{"hello", "again"});
}

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: an event reads all there is",
                 "[shard_stream_tls]") {
  sockets.make_room(4 * 1024 * 1024);
  const std::string text(1'000'000, 'x');
  client.write(text);
  turns();
  CHECK(bytes_got == text.size());
}

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: what is written is encrypted",
                 "[shard_stream_tls]") {
  in_turn([&] {
    stream().append("first ");
    stream().append("second");
    CHECK(stream().unsent_bytes() == 12);
  });
  CHECK(stream().unsent_bytes() == 0);
  client.go_on();
  CHECK(client.received == "first second");
}

TEST_CASE_METHOD(tls_stream,
                 "shard_stream, TLS: unsent is what the kernel refused",
                 "[shard_stream_tls]") {
  const std::string text(4 * 1024 * 1024, 'x');
  in_turn([&] {
    stream().append(text);
    stream().flush();
    CHECK(stream().unsent_bytes() > 1024 * 1024);
  });
  while (client.received.size() < text.size())
    exchange();
  CHECK(stream().unsent_bytes() == 0);
}

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: the client's end is told once",
                 "[shard_stream_tls]") {
  client.write("last");
  client.channel.close();
  client.go_on();
  turns();
  CHECK(got == pieces{"last"});
  CHECK(error == asio::error::eof);
  error = {};
  read_once(64); // With no event to come: the socket is still open.
  turns();
  CHECK(error == asio::error::eof);
}

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: garbage is told as an error",
                 "[shard_stream_tls]") {
  sockets.send(std::string(100, '\xff'));
  turns();
  CHECK(error == boost::system::errc::protocol_error);
}

TEST_CASE_METHOD(tls_stream,
                 "shard_stream, TLS: lingering, it sends its last and its end",
                 "[shard_stream_tls]") {
  in_turn([&] {
    stream().append("close frame");
    stream().linger();
  });
  client.go_on();
  CHECK(client.received == "close frame");
  CHECK(client.error == asio::error::eof);
  client.write("never heard");
  turns();
  CHECK(got.empty());
  CHECK_FALSE(stream().has_input_ended());
  sockets.far.close();
  turns();
  CHECK(stream().has_input_ended());
}

TEST_CASE_METHOD(tls_stream, "shard_stream, TLS: closing sends what is unsent",
                 "[shard_stream_tls]") {
  in_turn([&] {
    stream().append("bye");
    stream().close(*source);
  });
  client.go_on();
  CHECK(client.received == "bye");
  CHECK(client.error == asio::error::eof);
}
