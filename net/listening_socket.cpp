#include "net/listening_socket.hpp"

#include "net/socket_address.hpp"

#include <cerrno>
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

} // namespace

listening_socket listen_on(const std::string& bind_to, std::uint16_t port) {
  const auto address = ip_address::parse(bind_to);
  if (!address) {
    errno = EINVAL;
    fail(bind_to, port, "expected an IP address");
  }
  auto local = socket_address::of(*address, port);
  descriptor socket{::socket(local.storage.ss_family,
                             SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open())
    fail(bind_to, port, "socket");
  // Connections of a node that was killed must not keep the next one from
  // starting. Two nodes on one port still exclude each other.
  const int one = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  // Inherited by what is accepted; a turn's output leaves in one piece anyway.
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::bind(socket.get(), local.name(), local.length) != 0)
    fail(bind_to, port, "bind");
  if (::listen(socket.get(), 65535) != 0)
    fail(bind_to, port, "listen");
  if (::getsockname(socket.get(), local.name(), &local.length) != 0)
    fail(bind_to, port, "getsockname");
  return {std::move(socket), local.port()};
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
