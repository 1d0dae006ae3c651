// The address of a socket as the kernel takes it, and between it and ours.

#pragma once

#include "conf/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace signalbox {

/// An IPv4 or IPv6 address with a port, or the path of a Unix socket.
struct socket_address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static socket_address of(const ip_address& address,
                           std::uint16_t port) noexcept;

  /// Copies what the kernel or a resolver has handed out.
  static socket_address of(const sockaddr* name, socklen_t size) noexcept;

  /// None if the kernel takes no such path: an empty one, one of more than 107
  /// bytes, or one with a NUL.
  static std::optional<socket_address> of_path(std::string_view path) noexcept;

  const sockaddr* name() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  sockaddr* name() noexcept { return reinterpret_cast<sockaddr*>(&storage); }

  bool is_ip() const noexcept {
    return storage.ss_family == AF_INET || storage.ss_family == AF_INET6;
  }

  /// 0 for a Unix socket.
  std::uint16_t port() const noexcept;

  /// REQUIRES: is_ip.
  void set_port(std::uint16_t port) noexcept;

  /// `1.2.3.4:80`, `[::1]:80`, or the path.
  std::string to_string() const;
};

/// The address in `storage`; empty if it is of no family we know.
ip_address address_of(const sockaddr_storage& storage) noexcept;

} // namespace signalbox
