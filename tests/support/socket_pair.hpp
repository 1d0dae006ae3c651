// Two connected sockets without a port: `near` is for what is tested, `far` for
// the test, which stands in for the peer.

#pragma once

#include "net/descriptor.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>

namespace signalbox::test {

struct socket_pair {
  /// SOCK_SEQPACKET keeps the border between one send and the next.
  explicit socket_pair(int type = SOCK_STREAM) {
    int both[2];
    if (::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both))
      throw std::system_error(errno, std::generic_category(), "socketpair");
    near = descriptor{both[0]};
    far = descriptor{both[1]};
  }

  /// How many bytes the kernel keeps of what `far` sends, about.
  void make_room(int bytes) {
    ::setsockopt(far.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }

  /// Sends what the kernel takes; returns how much.
  std::size_t send(std::string_view bytes) {
    const auto size = ::send(far.get(), bytes.data(), bytes.size(),
                             MSG_NOSIGNAL);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  /// What one `recv` gets: empty at the end, nothing if there is nothing yet.
  std::optional<std::string> receive() {
    std::string result(1024 * 1024, '\0');
    const auto size = ::recv(far.get(), result.data(), result.size(), 0);
    if (size < 0)
      return std::nullopt;
    result.resize(static_cast<std::size_t>(size));
    return result;
  }

  descriptor near;
  descriptor far;
};

} // namespace signalbox::test
