// Ready-made WebSocket frames as a server sends them (RFC 6455 §5.2: FIN set,
// not masked), one after another in one buffer. Encoded once, then shared by
// every receiver and only ever appended to outputs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox {

/// Appends `text` to `out` as one unfragmented text frame.
void append_text_frame(std::string& out, std::string_view text);

/// A close frame (RFC 6455 §5.5.1). `reason` is UTF-8 and is cut to 123 bytes;
/// with the code 0 there is neither.
std::string close_frame(std::uint16_t code, std::string_view reason = {});

/// Bytes of header that a server's frame with `payload_size` bytes has.
constexpr std::size_t frame_header_size(std::uint64_t payload_size) noexcept {
  return payload_size < 126 ? 2 : payload_size < 65536 ? 4 : 10;
}

/// The length in bytes of the first `count` frames of `frames`.
/// REQUIRES: `frames` is a sequence of at least `count` whole frames as
/// `append_text_frame` writes them.
std::size_t prefix_size(std::string_view frames, std::size_t count) noexcept;

/// The payload of the first frame of `frames`, which is cut off it.
/// REQUIRES: `frames` begins with a whole frame as `append_text_frame` writes
/// it.
std::string_view take_frame(std::string_view& frames) noexcept;

// The server's own notices in the base dialect.
inline constexpr std::string_view peer_disconnected_text =
  R"({"type":"peer-disconnected"})";
inline constexpr std::string_view schema_error_text =
  R"({"type":"control","action":"schema-error"})";

/// These as frames; encoded once for the whole process.
const std::string& peer_disconnected_frame();
const std::string& schema_error_frame();

} // namespace signalbox
