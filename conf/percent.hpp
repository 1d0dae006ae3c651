// Percent-encoding in the parts of a URL, as RFC 3986 §2.1 has it: `+` is a
// plus. Pure, never throws on input.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// The bytes that `text` stands for; nothing if a `%` is not followed by two
/// hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

/// Escapes all but letters, digits, `-._~` and what is in `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

} // namespace signalbox
