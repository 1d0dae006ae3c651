// Copies a text for the parser, and spares it the line breaks of an SDP: a
// session description has a hundred, and the parser takes longer for them than
// for all the rest of the message.

#pragma once

#include <cstdint>
#include <string_view>

namespace signalbox {

enum class copied : std::uint8_t {
  /// All ASCII, no escape of a code point: holds no noncharacters either.
  as_it_was,
  /// The same, and letters of two bytes, which such a text cannot hold
  /// otherwise, stand for each `\r` and `\n`. What is valid JSON stays that,
  /// with the same names different and the same equal; what is none becomes
  /// none. Only strings with line breaks are longer when counted in bytes.
  folded,
  /// Neither, and nothing useful was copied.
  not_at_all,
};

/// `to` has room for all of `json`.
/// Hot path: looks at each byte of each message of another node.
copied copy_folding(std::string_view json, char* to) noexcept;

} // namespace signalbox
