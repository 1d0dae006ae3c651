// Stands before hiredis' reader, which takes every length at its word: lets
// through what keeps to RESP 2 and to the limits here, and nothing from the
// first byte on that does not. That byte is never one that hiredis would act
// upon the ones before it for. Streams: keeps no bytes, whatever the pieces.
// Source: the Redis serialization protocol specification, version 2.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signalbox {

/// Of one reply with all it holds, as it is on the wire. Whoever publishes must
/// stay below: a longer message costs every subscriber its connection.
inline constexpr std::size_t resp_reply_bytes_max = 64 * 1024 * 1024;

/// Of a status, an error or an integer.
inline constexpr std::size_t resp_line_bytes_max = 64 * 1024;

/// Of all arrays of one reply together, as their headers announce.
inline constexpr std::size_t resp_items_max = 1024 * 1024;

/// Arrays in each other; hiredis 0.14 keeps no more.
inline constexpr std::size_t resp_depth_max = 7;

class resp_scanner {
public:
  /// How many of `bytes`, the next ones of the stream, may go on. If not all,
  /// `refusal` says why, and the stream is over.
  std::size_t scan(std::string_view bytes) noexcept;

  /// Empty if all is well so far.
  std::string_view refusal() const noexcept { return refusal_; }

private:
  enum class place : std::uint8_t {
    type,
    line,
    line_feed,
    body,
    body_return,
    body_feed,
  };

  bool scan_byte(char byte) noexcept;
  std::size_t scan_line(std::string_view bytes) noexcept;
  std::size_t scan_body(std::string_view bytes) noexcept;
  bool end_line() noexcept;
  bool begin_bulk(std::string_view header) noexcept;
  bool begin_array(std::string_view header) noexcept;
  void end_item() noexcept;
  /// Always false: the byte at hand does not go on.
  bool refuse(std::string_view why) noexcept;

  place place_ = place::type;
  char type_ = 0;
  std::size_t line_bytes_ = 0;
  /// The line's first bytes: a length that does not fit is none.
  std::array<char, 20> line_{};
  std::size_t body_bytes_left_ = 0;
  /// Items still to come of each array that is open, outermost first.
  std::array<std::size_t, resp_depth_max> items_left_{};
  std::size_t depth_ = 0;
  /// Of the reply so far.
  std::size_t reply_bytes_ = 0;
  std::size_t items_ = 0;
  std::string_view refusal_;
};

} // namespace signalbox
