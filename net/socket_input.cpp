#include "net/socket_input.hpp"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace signalbox {

namespace {

ssize_t receive_some(int socket, std::span<char> buffer, int flags) noexcept {
  ssize_t size = 0;
  do
    size = ::recv(socket, buffer.data(), buffer.size(), flags);
  while (size < 0 && errno == EINTR);
  return size;
}

} // namespace

void socket_input::note(std::uint32_t events) noexcept {
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    is_readable_ = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    is_hung_up_ = true;
}

std::size_t socket_input::receive(int socket, std::span<char> buffer) noexcept {
  const auto size = receive_some(socket, buffer, 0);
  if (size > 0) {
    // Less than asked for: the socket is empty, and epoll tells of more
    // (epoll(7), Q9). But an end it has told of is not told again.
    if (static_cast<std::size_t>(size) < buffer.size() && !is_hung_up_)
      is_readable_ = false;
    return static_cast<std::size_t>(size);
  }
  note_nothing(size);
  return 0;
}

std::string_view socket_input::peek(int socket,
                                    std::span<char> buffer) noexcept {
  const auto size = receive_some(socket, buffer, MSG_PEEK);
  if (size > 0)
    return {buffer.data(), static_cast<std::size_t>(size)};
  note_nothing(size);
  return {};
}

bool socket_input::is_deserted(int socket) noexcept {
  char first;
  return is_hung_up_ && peek(socket, {&first, 1}).empty() && has_ended();
}

// `size` is what a recv returned that brought nothing.
void socket_input::note_nothing(ssize_t size) noexcept {
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    is_readable_ = false;
  else
    end_ = size == 0 ? 0 : errno;
}

void socket_input::wait_for_more() noexcept {
  if (is_hung_up_)
    end_ = 0;
  else
    is_readable_ = false;
}

void socket_input::end_with(int error) noexcept {
  end_ = error;
  // Whoever asks next is to see it.
  is_readable_ = true;
}

} // namespace signalbox
