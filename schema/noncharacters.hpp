// Finds Unicode noncharacters (U+FDD0 to U+FDEF and the last two code points of
// each plane), which RFC 7493 §2.1 forbids in names and strings beside
// surrogates: the parser refuses the latter, but not these.
// Source: The Unicode Standard 15, §23.7.

#pragma once

#include <string_view>

namespace signalbox {

/// False if no string of the JSON text `json` can hold a noncharacter, neither
/// as UTF-8 nor escaped. Rarely true for what browsers send.
/// Only asked about texts that `read_usual` leaves to the parser.
bool may_hold_noncharacters(std::string_view json) noexcept;

/// REQUIRES: `utf8` is valid UTF-8.
bool holds_noncharacter(std::string_view utf8) noexcept;

} // namespace signalbox
