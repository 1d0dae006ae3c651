// Reads the messages that clients usually send, in one pass over their bytes,
// where the parser needs two and a copy. What it does not know it leaves to the
// parser, which alone says that a text is broken.

#pragma once

#include "schema/message.hpp"

#include <string_view>

namespace signalbox {

/// True if `text` is strict JSON of these kinds and without repeated members:
/// one object; inside it `candidate` and `description` may be objects too, and
/// no others; of ASCII; strings with no `\u`, and other escapes only in `sdp`
/// and in members we do not know, of which an object has at most eight;
/// integers of at most nine digits; no arrays; at least 16 bytes in all. Then
/// `found`, which was empty, holds its members; strings as they are in `text`,
/// escapes included. False if it may be something else, broken or not; `found`
/// is useless.
bool read_usual(std::string_view text, message& found) noexcept;

} // namespace signalbox
