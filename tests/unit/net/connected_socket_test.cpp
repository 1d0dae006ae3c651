#include "net/connected_socket.hpp"

#include "tests/support/socket_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// What a shard reported.
class watcher final : public event_source {
public:
  void on_event(std::uint32_t x) override { events |= x; }

  std::uint32_t events = 0;
};

} // namespace

TEST_CASE_METHOD(socket_fixture, "connected_socket: bytes go both ways",
                 "[connected_socket]") {
  sockets.send("hello");
  CHECK(receive() == "hello");
  CHECK_FALSE(socket.is_tls());
  say("hello to you");
  CHECK(sockets.receive() == "hello to you");
  CHECK(socket.unsent_bytes() == 0);
}

TEST_CASE_METHOD(
  socket_fixture,
  "connected_socket: what is peeked at stays until it is skipped",
  "[connected_socket]") {
  sockets.send("PROXY GET");
  socket.note(all_events);
  CHECK(socket.peek() == "PROXY GET");
  CHECK(socket.peek() == "PROXY GET");
  socket.skip(6);
  CHECK(receive() == "GET");
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: too little to peek at waits for more",
                 "[connected_socket]") {
  sockets.send("PRO");
  socket.note(all_events);
  CHECK(socket.peek() == "PRO");
  socket.wait_for_more();
  CHECK_FALSE(socket.is_readable());
  CHECK_FALSE(socket.has_ended());
  sockets.far.close();
  socket.note(EPOLLIN | EPOLLRDHUP);
  CHECK(socket.peek() == "PRO");
  socket.wait_for_more();
  CHECK(socket.has_ended());
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: moved, it holds what it held",
                 "[connected_socket]") {
  const std::string much(4 * 1024 * 1024, 'x');
  say(much);
  const auto unsent = socket.unsent_bytes();
  REQUIRE(unsent > 0);
  connected_socket moved{on(), std::move(socket)};
  CHECK_FALSE(socket.is_open());
  CHECK(moved.unsent_bytes() == unsent);
  std::size_t received = 0;
  while (auto piece = sockets.receive()) {
    received += piece->size();
    moved.note(EPOLLOUT);
    moved.flush();
  }
  CHECK(received == much.size());
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: it is deserted once its peer has left "
                 "without a word",
                 "[connected_socket]") {
  CHECK_FALSE(socket.is_deserted());
  SECTION("with nothing said") {
    sockets.far.close();
    CHECK_FALSE(socket.is_deserted()); // epoll has not told yet.
    socket.note(EPOLLIN | EPOLLRDHUP | EPOLLHUP);
  }
  SECTION("with its side closed only") {
    ::shutdown(sockets.far.get(), SHUT_WR);
    socket.note(EPOLLIN | EPOLLRDHUP);
  }
  SECTION("with all read that was said") {
    sockets.send("last words");
    sockets.far.close();
    socket.note(EPOLLIN | EPOLLRDHUP | EPOLLHUP);
    CHECK_FALSE(socket.is_deserted());
    CHECK_FALSE(socket.has_ended());
    const auto said = socket.receive();
    CHECK(std::string{said.begin(), said.end()} == "last words");
  }
  CHECK(socket.is_deserted());
  CHECK(socket.has_ended());
  CHECK(socket.end() == 0);
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: a silent peer has not deserted it",
                 "[connected_socket]") {
  socket.note(EPOLLIN | EPOLLOUT);
  CHECK_FALSE(socket.is_deserted());
  CHECK_FALSE(socket.has_ended());
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: what was read takes no memory",
                 "[connected_socket]") {
  const std::string much(8 * 1024 * 1024, 'x');
  say(much);
  while (socket.unsent_bytes() > much.size() / 4) {
    REQUIRE(sockets.receive());
    socket.note(EPOLLOUT);
    socket.flush();
  }
  // Of what is there still, at most half was sent.
  CHECK(socket.output_memory() <= much.size() / 2);
  while (socket.unsent_bytes() > 0) {
    REQUIRE(sockets.receive());
    socket.note(EPOLLOUT);
    socket.flush();
  }
  CHECK(socket.output_memory() <= std::string{}.capacity());
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: an output that was shut down makes no "
                 "events",
                 "[connected_socket]") {
  const descriptor watcher{epoll_create1(EPOLL_CLOEXEC)};
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  REQUIRE(
    epoll_ctl(watcher.get(), EPOLL_CTL_ADD, socket.native_handle(), &event)
    == 0);
  socket.shut_down_output();
  CHECK(sockets.receive() == "");
  while (epoll_wait(watcher.get(), &event, 1, 0) > 0)
    continue;
  socket.note(EPOLLOUT);
  socket.flush();
  CHECK(epoll_wait(watcher.get(), &event, 1, 0) == 0);
}

// -- events -------------------------------------------------------------------

TEST_CASE_METHOD(socket_fixture, "connected_socket: its watcher hears of input",
                 "[connected_socket]") {
  watcher first;
  REQUIRE(socket.watch(first) == 0);
  sockets.send("x");
  turns();
  CHECK(first.events == EPOLLIN);
  watcher second;
  REQUIRE(socket.watch(second) == 0);
  turns();
  CHECK(second.events == EPOLLIN);
  second.events = 0;
  socket.unwatch();
  sockets.send("y");
  turns();
  CHECK(second.events == 0);
  REQUIRE(socket.watch(first) == 0);
}

TEST_CASE_METHOD(socket_fixture,
                 "connected_socket: of output its watcher hears once some was "
                 "refused",
                 "[connected_socket]") {
  watcher first;
  REQUIRE(socket.watch(first) == 0);
  say("little");
  turns();
  CHECK(first.events == 0);
  say(std::string(4 * 1024 * 1024, 'x'));
  REQUIRE(socket.unsent_bytes() > 0);
  turns();
  CHECK(first.events == 0);
  while (sockets.receive())
    continue;
  turns();
  CHECK(first.events == EPOLLOUT);
  watcher second;
  REQUIRE(socket.watch(second) == 0);
  turns();
  CHECK(second.events == EPOLLOUT);
}

TEST_CASE_METHOD(
  socket_fixture,
  "connected_socket: who watches after a refusal hears of output",
  "[connected_socket]") {
  say(std::string(4 * 1024 * 1024, 'x'));
  REQUIRE(socket.unsent_bytes() > 0);
  watcher late;
  REQUIRE(socket.watch(late) == 0);
  turns();
  CHECK(late.events == 0);
  while (sockets.receive())
    continue;
  turns();
  CHECK(late.events == EPOLLOUT);
}
