// Bytes as the URL-safe alphabet spells them, without padding: the parts of a
// token and the numbers of a key. One spelling for each sequence of bytes, so a
// signed text cannot be changed and still say the same.
// Source: RFC 4648 §5 and §3.5, RFC 7515 §2.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// Nothing if there is a character of no such alphabet (`=` and white space
/// included), a length that no bytes have, or a bit set behind the last byte.
std::optional<std::string> decode_base64url(std::string_view text);

std::string to_base64url(std::string_view bytes);

} // namespace signalbox
