#include "net/outgoing_socket.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace signalbox {

namespace {

// A port of the ephemeral range that nobody listens on may be given to the very
// socket that connects to it. TCP then opens the socket to itself (RFC 9293
// §3.5, simultaneous open), and what we say would come back as an answer.
bool is_connected_to_itself(const socket_address& near,
                            const socket_address& far) noexcept {
  return near.is_ip() && near.storage.ss_family == far.storage.ss_family
         && near.port() == far.port()
         && address_of(near.storage) == address_of(far.storage);
}

} // namespace

outgoing_socket begin_connect(const socket_address& address) noexcept {
  descriptor socket{::socket(address.storage.ss_family,
                             SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open())
    return {descriptor{}, errno};
  if (address.is_ip()) {
    const int one = 1;
    // A turn's output leaves in one piece anyway.
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  }
  // Interrupted, it goes on all the same (connect(2)).
  if (::connect(socket.get(), address.name(), address.length) != 0
      && errno != EINPROGRESS && errno != EINTR)
    return {descriptor{}, errno};
  return {std::move(socket), 0};
}

int connect_result(int socket) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return errno;
  if (error != 0)
    return error;
  socket_address near;
  socket_address far;
  near.length = far.length = sizeof near.storage;
  if (::getpeername(socket, far.name(), &far.length) != 0)
    return errno == ENOTCONN ? EINPROGRESS : errno;
  if (::getsockname(socket, near.name(), &near.length) != 0)
    return errno;
  return is_connected_to_itself(near, far) ? ECONNREFUSED : 0;
}

} // namespace signalbox
