// What a client that watches the overview has yet to read: it gets no more
// lines while that is too much, and loses its place if it stays so. Pure.

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace signalbox {

class stream_backlog {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// More unread than this is too much.
  static constexpr std::size_t bytes_max = 256 * 1024;

  /// How long it may be too much.
  static constexpr std::chrono::seconds patience{30};

  enum class verdict { send, wait, drop };

  /// Before each line.
  verdict judge(std::size_t unread_bytes, time_point now) noexcept {
    if (unread_bytes <= bytes_max) {
      since_.reset();
      return verdict::send;
    }
    if (!since_)
      since_ = now;
    return now - *since_ > patience ? verdict::drop : verdict::wait;
  }

private:
  std::optional<time_point> since_;
};

} // namespace signalbox
