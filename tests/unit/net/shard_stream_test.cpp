#include "net/shard_stream.hpp"

#include "tests/support/stream_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
namespace asio = boost::asio;

// -- input --------------------------------------------------------------------

TEST_CASE_METHOD(one_stream, "shard_stream: a read gets what was sent",
                 "[shard_stream]") {
  read_all(64);
  sockets.send("hello");
  turns();
  CHECK(got == pieces{"hello"});
  sockets.send("again");
  turns();
  CHECK(got == pieces{"hello", "again"});
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: input is split over as many reads as it takes",
                 "[shard_stream]") {
  read_all(2);
  sockets.send("hello");
  turns();
  CHECK(got == pieces{"he", "ll", "o"});
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: what nobody asked for yet is kept in order",
                 "[shard_stream]") {
  read_once(2);
  sockets.send("hello");
  turns();
  CHECK(got == pieces{"he"});
  sockets.send(" again");
  turns();
  read_all(64);
  turns();
  CHECK(got == pieces{"he", "llo", " again"});
}

TEST_CASE_METHOD(one_stream, "shard_stream: without a read nothing is taken",
                 "[shard_stream]") {
  sockets.send("hello");
  turns();
  char byte = 0;
  CHECK(::recv(stream().native_handle(), &byte, 1, MSG_PEEK) == 1);
  read_all(64);
  turns();
  CHECK(got == pieces{"hello"});
}

TEST_CASE("shard_stream: what was read early comes first", "[shard_stream]") {
  one_stream x{"early"};
  x.sockets.send("late");
  x.read_all(3);
  x.turns();
  CHECK(x.got == pieces{"ear", "ly", "lat", "e"});
}

TEST_CASE("shard_stream: what was read early needs no event",
          "[shard_stream]") {
  one_stream x{"early"};
  x.turns(); // The socket has said all it has to say.
  x.read_all(64);
  x.turns();
  CHECK(x.got == pieces{"early"});
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: one event reads no more than its share",
                 "[shard_stream]") {
  constexpr std::size_t share = 4 * shard::buffer_bytes;
  std::vector<std::size_t> bytes_after_call;
  source->after_call = [&] { bytes_after_call.push_back(bytes_got); };
  sockets.make_room(1024 * 1024);
  const std::string much(2 * share + 1, 'x');
  REQUIRE(sockets.send(much) == much.size());
  read_all(1000);
  turns();
  CHECK(bytes_after_call
        == std::vector<std::size_t>{share, 2 * share, 2 * share + 1});
}

TEST_CASE_METHOD(one_stream, "shard_stream: a read of nothing is done at once",
                 "[shard_stream]") {
  int calls = 0;
  on().post([&] {
    stream().async_read_some(asio::mutable_buffer{},
                             [&](boost::system::error_code ec,
                                 std::size_t size) {
                               CHECK_FALSE(ec);
                               CHECK(size == 0);
                               ++calls;
                             });
    CHECK(calls == 0);
  });
  turns();
  CHECK(calls == 1);
}

TEST_CASE_METHOD(one_stream, "shard_stream: the end of input is told to reads",
                 "[shard_stream]") {
  read_all(64);
  sockets.send("last");
  turns();
  CHECK(got == pieces{"last"});
  sockets.far.close();
  turns();
  CHECK(error == asio::error::eof);
  CHECK(stream().has_input_ended());
  error = {};
  read_once(64);
  turns();
  CHECK(error == asio::error::eof);
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: an end that comes with the last input is told",
                 "[shard_stream]") {
  read_all(64);
  sockets.send("last");
  sockets.far.close();
  turns();
  CHECK(got == pieces{"last"});
  CHECK(error == asio::error::eof);
}

TEST_CASE_METHOD(one_stream, "shard_stream: a reset is told as an error",
                 "[shard_stream]") {
  read_all(64);
  in_turn([&] { stream().append("never read"); });
  sockets.far.close(); // With unread input: a reset.
  turns();
  CHECK(error == asio::error::connection_reset);
  CHECK(stream().has_input_ended());
}

// -- output -------------------------------------------------------------------

TEST_CASE("shard_stream: what is written in one turn leaves in one piece",
          "[shard_stream]") {
  one_stream x{{}, SOCK_SEQPACKET};
  x.on().post([&] {
    x.stream().append("first ");
    CHECK(x.stream().unsent_bytes() == 6);
    CHECK_FALSE(x.sockets.receive());
  });
  x.on().post([&] { x.stream().append("second"); });
  x.turns();
  CHECK(x.sockets.receive() == "first second");
  CHECK_FALSE(x.sockets.receive());
  CHECK(x.stream().unsent_bytes() == 0);
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: a write of several buffers is done at once",
                 "[shard_stream]") {
  std::size_t written = 0;
  in_turn([&] {
    const std::array<asio::const_buffer, 3> buffers{
      asio::buffer("ab", 2), asio::const_buffer{}, asio::buffer("cde", 3)};
    stream().async_write_some(buffers, [&](boost::system::error_code ec,
                                           std::size_t size) {
      CHECK_FALSE(ec);
      written = size;
    });
    CHECK(written == 0); // Not from within the call.
  });
  CHECK(written == 5);
  CHECK(sockets.receive() == "abcde");
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: what the kernel refuses is unsent, and leaves "
                 "when there is room",
                 "[shard_stream]") {
  std::string sent;
  while (sent.size() < 4 * 1024 * 1024)
    sent += "0123456789abcdef";
  in_turn([&] { stream().append(sent); });
  const auto refused = stream().unsent_bytes();
  CHECK(refused > 0);
  in_turn([&] { stream().append("end"); });
  CHECK(stream().unsent_bytes() == refused + 3);
  sent += "end";
  std::string received;
  while (auto piece = sockets.receive()) {
    received += *piece;
    turns();
  }
  CHECK(received == sent);
  CHECK(stream().unsent_bytes() == 0);
}

TEST_CASE_METHOD(one_stream, "shard_stream: it may be written out before",
                 "[shard_stream]") {
  on().post([&] {
    stream().append("now");
    stream().write_out();
    CHECK(stream().unsent_bytes() == 0);
    CHECK(sockets.receive() == "now");
    stream().append("later");
  });
  turns();
  CHECK(sockets.receive() == "later");
}

TEST_CASE_METHOD(one_stream, "shard_stream: after its end no output is taken",
                 "[shard_stream]") {
  in_turn([&] {
    stream().append("close frame");
    stream().end_output();
    stream().append("thrown away");
  });
  CHECK(sockets.receive() == "close frame");
  CHECK_FALSE(sockets.receive());
  CHECK(stream().unsent_bytes() == 0);
}

TEST_CASE_METHOD(one_stream, "shard_stream: output to nobody is thrown away",
                 "[shard_stream]") {
  sockets.far.close();
  in_turn([&] { stream().append("hello?"); });
  CHECK(stream().unsent_bytes() == 0);
  in_turn([&] { stream().append("anyone?"); });
  CHECK(stream().unsent_bytes() == 0);
}
