#include "net/socket_input.hpp"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace signalbox {

void socket_input::note(std::uint32_t events) noexcept {
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    is_readable_ = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    is_hung_up_ = true;
}

std::size_t socket_input::receive(int socket, std::span<char> buffer) noexcept {
  ssize_t size = 0;
  do
    size = ::recv(socket, buffer.data(), buffer.size(), 0);
  while (size < 0 && errno == EINTR);
  if (size > 0) {
    // Less than asked for: the socket is empty, and epoll tells of more
    // (epoll(7), Q9). But an end it has told of is not told again.
    if (static_cast<std::size_t>(size) < buffer.size() && !is_hung_up_)
      is_readable_ = false;
    return static_cast<std::size_t>(size);
  }
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    is_readable_ = false;
  else
    end_ = size == 0 ? 0 : errno;
  return 0;
}

} // namespace signalbox
