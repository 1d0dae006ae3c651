// Where a page of a list ended, as a text that clients hand back and need not
// understand. Pure; what was not made here is refused.

#pragma once

#include "actors/inspection.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// Longer ones are not looked at.
inline constexpr std::size_t page_token_bytes_max = 16 * 1024;

/// For a list in this order. Letters, digits, `-` and `_`.
std::string page_token(const list_position& position, list_order order);

/// Nothing if `text` is no such token, or one of a list in another order.
std::optional<list_position> read_page_token(std::string_view text,
                                             list_order order);

} // namespace signalbox
