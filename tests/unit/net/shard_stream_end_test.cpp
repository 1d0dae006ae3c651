#include "net/shard_stream.hpp"

#include "tests/support/stream_fixture.hpp"

#include <catch2/catch.hpp>

// How streams go away.

using namespace signalbox;
using namespace signalbox::test;
namespace asio = boost::asio;

TEST_CASE_METHOD(one_stream,
                 "shard_stream: closing sends what is unsent and calls no "
                 "handler",
                 "[shard_stream]") {
  auto alive = std::make_shared<int>();
  bool is_called = false;
  char byte = 0;
  stream().async_read_some(asio::buffer(&byte, 1),
                           [&, alive](boost::system::error_code, std::size_t) {
                             is_called = true;
                           });
  CHECK(alive.use_count() == 2);
  in_turn([&] {
    stream().append("bye");
    stream().close(*source);
    CHECK(alive.use_count() == 1);
    stream().close(*source);
  });
  CHECK_FALSE(is_called);
  CHECK_FALSE(stream().is_open());
  CHECK(sockets.receive() == "bye");
  CHECK(sockets.receive() == ""); // The end.
}

TEST_CASE_METHOD(one_stream, "shard_stream: closed, it takes no more output",
                 "[shard_stream]") {
  boost::system::error_code result;
  in_turn([&] {
    stream().close(*source);
    stream().append("thrown away");
    stream().async_write_some(asio::buffer("abc", 3),
                              [&](boost::system::error_code ec,
                                  std::size_t size) {
                                result = ec;
                                CHECK(size == 0);
                              });
  });
  CHECK(result == asio::error::operation_aborted);
  CHECK(stream().unsent_bytes() == 0);
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: a handler may close it between two reads",
                 "[shard_stream]") {
  on_read = [&] {
    if (got.size() == 2)
      stream().close(*source);
  };
  read_all(1);
  sockets.send("abcd");
  turns();
  CHECK(got == pieces{"a", "b"});
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: who waits for a call is not called once closed",
                 "[shard_stream]") {
  sockets.send("unread");
  turns();
  in_turn([&] {
    read_all(64);
    stream().take_up_soon(*source);
    stream().close(*source);
    on().bury(std::move(source));
  });
  CHECK(got.empty());
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: destroyed in a turn, its output is forgotten",
                 "[shard_stream]") {
  in_turn([&] {
    stream().append("never sent");
    source.reset();
  });
  CHECK(sockets.receive() == "");
}

// -- lingering ----------------------------------------------------------------

TEST_CASE_METHOD(one_stream,
                 "shard_stream: lingering, it sends its last and then the end",
                 "[shard_stream]") {
  read_all(64);
  turns();
  in_turn([&] {
    stream().append("close frame");
    stream().linger();
    stream().append("thrown away");
  });
  CHECK(stream().is_lingering());
  CHECK(stream().is_open());
  CHECK(sockets.receive() == "close frame");
  CHECK(sockets.receive() == "");
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: lingering, it throws input away until its end",
                 "[shard_stream]") {
  read_all(64);
  turns();
  in_turn([&] { stream().linger(); });
  sockets.send("still talking");
  turns();
  CHECK(got.empty());
  CHECK_FALSE(stream().has_input_ended());
  char byte = 0;
  CHECK(::recv(stream().native_handle(), &byte, 1, MSG_PEEK) == -1);
  sockets.far.close();
  turns();
  CHECK(stream().has_input_ended());
  CHECK_FALSE(error); // Nobody is told.
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: lingering, an end with the last input is seen",
                 "[shard_stream]") {
  in_turn([&] { stream().linger(); });
  sockets.send("last");
  sockets.far.close();
  turns();
  CHECK(stream().has_input_ended());
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: lingering, the end follows all that was unsent",
                 "[shard_stream]") {
  const std::string much(4 * 1024 * 1024, 'x');
  in_turn([&] {
    stream().append(much);
    stream().linger();
  });
  CHECK(stream().unsent_bytes() > 0);
  std::size_t received = 0;
  for (auto piece = sockets.receive(); piece && !piece->empty();
       piece = sockets.receive()) {
    received += piece->size();
    turns();
  }
  CHECK(received == much.size());
  CHECK(sockets.receive() == "");
}

TEST_CASE_METHOD(one_stream,
                 "shard_stream: lingering, any amount of input is discarded",
                 "[shard_stream]") {
  sockets.make_room(4 * 1024 * 1024);
  in_turn([&] { stream().linger(); });
  const std::string much(5 * shard::buffer_bytes, 'x');
  REQUIRE(sockets.send(much) == much.size());
  sockets.far.close();
  turns();
  CHECK(stream().has_input_ended());
}

TEST_CASE_METHOD(
  one_stream,
  "shard_stream: closed while it waits to be called again, it is "
  "not called any more",
  "[shard_stream]") {
  sockets.make_room(4 * 1024 * 1024);
  const std::string share(4 * shard::buffer_bytes, 'x');
  source->after_call = [&] {
    if (source && !source->stream.is_open())
      on().bury(std::move(source));
  };
  on_read = [&] {
    if (bytes_got > 4 * share.size())
      stream().close(*source);
  };
  read_all(16384);
  const auto all = share + share + share + share + share;
  REQUIRE(sockets.send(all) == all.size());
  on().post([&] { sockets.send("y"); }); // A new edge, after the first event.
  turns();
  CHECK(source == nullptr); // And a sanitizer has seen no use of it.
}
