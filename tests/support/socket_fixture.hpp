// A connected socket on a shard, with the other end in hand.

#pragma once

#include "net/connected_socket.hpp"
#include "tests/support/shard_fixture.hpp"
#include "tests/support/socket_pair.hpp"

#include <string>
#include <sys/epoll.h>

namespace signalbox::test {

inline constexpr std::uint32_t all_events = EPOLLIN | EPOLLOUT;

struct socket_fixture : shard_fixture {
  socket_fixture() : socket(on(), std::move(sockets.near)) {
    // nop
  }

  /// Everything that is there.
  std::string receive() {
    std::string result;
    socket.note(all_events);
    while (socket.is_readable() && !socket.has_ended()) {
      const auto piece = socket.receive();
      result.append(piece.begin(), piece.end());
    }
    return result;
  }

  void say(std::string_view text) {
    socket.append(text);
    socket.flush();
  }

  socket_pair sockets;
  connected_socket socket;
};

} // namespace signalbox::test
