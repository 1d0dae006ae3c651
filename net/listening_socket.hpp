// Opening the sockets a node listens on, and the descriptors it may use.

#pragma once

#include "net/descriptor.hpp"

#include <cstdint>
#include <string>

namespace signalbox {

struct listening_socket {
  descriptor socket;
  /// The port in use: the kernel's choice if 0 was asked for.
  std::uint16_t port = 0;
};

/// Non-blocking, with the largest backlog the kernel allows. `bind_to` is an IP
/// address. Throws std::system_error whose text names address and port.
listening_socket listen_on(const std::string& bind_to, std::uint16_t port);

/// Raises the soft limit of open descriptors to the hard one; returns it.
std::uint64_t raise_descriptor_limit() noexcept;

} // namespace signalbox
