// What is known about the input of a socket that is watched edge-triggered, and
// the one way to receive it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/types.h>

namespace signalbox {

class socket_input {
public:
  /// Takes in what epoll(7) reports.
  void note(std::uint32_t events) noexcept;

  /// Whether there may be something to receive, or the end to be seen.
  bool is_readable() const noexcept { return is_readable_; }

  /// One recv: how many bytes it brought. 0 if there is nothing for now, or if
  /// the input has ended.
  std::size_t receive(int socket, std::span<char> buffer) noexcept;

  /// The same, and the bytes stay where they are.
  std::string_view peek(int socket, std::span<char> buffer) noexcept;

  /// The peer has closed its side, and has said nothing that is not received.
  bool is_deserted(int socket) noexcept;

  /// What can be peeked at is too little: waits for more, or ends if no more
  /// comes.
  void wait_for_more() noexcept;

  /// Ends it, whatever may still come: with an errno, or 0.
  void end_with(int error) noexcept;

  /// The peer has closed its side, or the connection is broken.
  bool has_ended() const noexcept { return end_ != still_open; }

  /// The errno that it ended with, 0 for the end of the stream.
  int end() const noexcept { return end_; }

private:
  void note_nothing(ssize_t size) noexcept;

  static constexpr int still_open = -1;

  int end_ = still_open;
  bool is_readable_ = false;
  // epoll has told of the end, and will not again.
  bool is_hung_up_ = false;
};

} // namespace signalbox
