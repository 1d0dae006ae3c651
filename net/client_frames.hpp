// What a client's bytes hold, as frames (RFC 6455 §5.2): enough to take the
// common message, one plain frame, without the WebSocket library, and to know
// when the library has taken all of what is anything else. No I/O. Hot path:
// `read_plain_frame` runs once per message.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace signalbox {

enum class plain_kind : std::uint8_t { message, pong, close };

/// A whole frame that is all of a message, or a pong or a close, with its mask
/// taken off.
struct plain_frame {
  /// Of a close, its reason.
  std::string_view text;
  plain_kind kind = plain_kind::message;
  /// Of a close, its code; 0 if it has none.
  std::uint16_t close_code = 0;
  /// Header and payload together.
  std::size_t size = 0;
};

/// The frame at the front of `input`, if it is plain: text, binary, pong or
/// close, final, no reserved bit, masked, its length in the shortest form and
/// at most `bytes_max`, there whole, and all ASCII but for the code of a close,
/// which is one that a client may send (RFC 6455 §7.4), if there is one. The
/// mask is taken off in place. Else nothing, with `input` as it was.
std::optional<plain_frame> read_plain_frame(std::span<char> input,
                                            std::size_t bytes_max) noexcept;

/// Follows a client's frames byte by byte: where they end, and whether a
/// message may begin there. For bytes that are no frames it says anything.
class frame_tracker {
public:
  /// Follows `bytes` up to the end of a frame or to their own; how many that
  /// were.
  std::size_t follow(std::string_view bytes) noexcept;

  /// Neither inside a frame nor between the fragments of a message.
  bool is_between_messages() const noexcept {
    return !is_in_message_ && header_seen_ == 0;
  }

private:
  std::uint8_t length_end() const noexcept;
  void take_header_byte(std::uint8_t byte) noexcept;
  void end_frame() noexcept;

  // Of the payload, as far as the header says it already; then what is left.
  std::uint64_t length_ = 0;
  std::uint8_t header_seen_ = 0;
  std::uint8_t header_size_ = 0;
  std::uint8_t first_byte_ = 0;
  bool is_in_message_ = false;
};

} // namespace signalbox
