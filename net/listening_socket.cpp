#include "net/listening_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <system_error>

namespace signalbox {

namespace {

[[noreturn]] void fail(const std::string& bind_to, std::uint16_t port,
                       const char* step) {
  throw std::system_error(errno, std::generic_category(),
                          "cannot listen on " + bind_to + " port "
                            + std::to_string(port) + " (" + step + ")");
}

socklen_t fill(sockaddr_storage& storage, const ip_address& address,
               std::uint16_t port) noexcept {
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes.data() + 12, 4);
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, bytes.data(), 16);
  return sizeof v6;
}

} // namespace

listening_socket listen_on(const std::string& bind_to, std::uint16_t port) {
  const auto address = ip_address::parse(bind_to);
  if (!address) {
    errno = EINVAL;
    fail(bind_to, port, "expected an IP address");
  }
  sockaddr_storage storage{};
  auto length = fill(storage, *address, port);
  descriptor socket{
    ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open())
    fail(bind_to, port, "socket");
  // Connections of a node that was killed must not keep the next one from
  // starting. Two nodes on one port still exclude each other.
  const int one = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  // Inherited by what is accepted; a turn's output leaves in one piece anyway.
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto* name = reinterpret_cast<sockaddr*>(&storage);
  if (::bind(socket.get(), name, length) != 0)
    fail(bind_to, port, "bind");
  if (::listen(socket.get(), 65535) != 0)
    fail(bind_to, port, "listen");
  if (::getsockname(socket.get(), name, &length) != 0)
    fail(bind_to, port, "getsockname");
  const auto in_use = storage.ss_family == AF_INET
                        ? reinterpret_cast<sockaddr_in&>(storage).sin_port
                        : reinterpret_cast<sockaddr_in6&>(storage).sin6_port;
  return {std::move(socket), ntohs(in_use)};
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

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 1024;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

} // namespace signalbox
