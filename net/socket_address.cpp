#include "net/socket_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <sys/un.h>

namespace signalbox {

socket_address socket_address::of(const ip_address& address,
                                  std::uint16_t port) noexcept {
  socket_address result;
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, bytes.data() + 12, 4);
    result.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), 16);
    result.length = sizeof v6;
  }
  result.set_port(port);
  return result;
}

socket_address socket_address::of(const sockaddr* name,
                                  socklen_t size) noexcept {
  socket_address result;
  result.length = std::min(size, static_cast<socklen_t>(sizeof result.storage));
  std::memcpy(&result.storage, name, result.length);
  return result;
}

std::optional<socket_address>
socket_address::of_path(std::string_view path) noexcept {
  socket_address result;
  auto& local = reinterpret_cast<sockaddr_un&>(result.storage);
  if (path.empty() || path.size() >= sizeof local.sun_path
      || path.find('\0') != std::string_view::npos)
    return std::nullopt;
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  result.length = sizeof local;
  return result;
}

std::uint16_t socket_address::port() const noexcept {
  if (storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  if (storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return 0;
}

void socket_address::set_port(std::uint16_t port) noexcept {
  if (storage.ss_family == AF_INET)
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
  else
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
}

std::string socket_address::to_string() const {
  if (!is_ip())
    return reinterpret_cast<const sockaddr_un&>(storage).sun_path;
  const auto host = address_of(storage).to_string();
  const auto tail = ":" + std::to_string(port());
  if (storage.ss_family == AF_INET)
    return host + tail;
  return "[" + host + "]" + tail;
}

ip_address address_of(const sockaddr_storage& storage) noexcept {
  if (storage.ss_family == AF_INET) {
    std::array<std::uint8_t, 4> octets;
    std::memcpy(octets.data(),
                &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, 4);
    return ip_address::from_v4(octets);
  }
  ip_address::bytes_type bytes{};
  if (storage.ss_family == AF_INET6)
    std::memcpy(bytes.data(),
                &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, 16);
  return ip_address{bytes};
}

} // namespace signalbox
