// Room ids as they stand in a request's query: `[A-Za-z0-9_:.-]`, 1 to
// ROOM_ID_MAX_LENGTH bytes, percent-decoded once.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// Whether `id` may name a room; `length_max` in bytes.
bool is_room_id(std::string_view id, std::size_t length_max) noexcept;

/// The value of the first parameter `name` in `query` (without the `?`),
/// percent-decoded once (`+` stays a plus, RFC 3986). Nothing if there is no
/// such parameter or its escapes are broken.
std::optional<std::string> query_parameter(std::string_view query,
                                           std::string_view name);

} // namespace signalbox
