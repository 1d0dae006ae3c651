// Connecting a socket to a server without waiting. What comes of it is asked
// for when the socket has become writable.

#pragma once

#include "net/descriptor.hpp"
#include "net/socket_address.hpp"

namespace signalbox {

struct outgoing_socket {
  /// Non-blocking; open if it is connected or will be, or will not.
  descriptor socket;
  /// The errno if it has failed already, else 0.
  int error = 0;
};

/// Begins to connect a stream socket to `address`.
outgoing_socket begin_connect(const socket_address& address) noexcept;

/// What has become of it: 0 if the socket is connected, EINPROGRESS while that
/// is open, else the errno it has failed with.
int connect_result(int socket) noexcept;

} // namespace signalbox
