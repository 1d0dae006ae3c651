// JSON of strangers, read so that it means one thing: repeated member names are
// refused, as are a byte order mark, a NUL and all that is not valid UTF-8.
// Bounded in depth and number; bytes are bounded by the caller.
// Source: RFC 8259, RFC 7519 §4, RFC 7517 §4.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string_view>

namespace signalbox {

/// One JSON value and white space around it; nothing if `text` is anything
/// else, nested deeper than 32 levels (the outermost is the first), of more
/// than 65,536 values, or holds a number that fits no double.
std::optional<nlohmann::json> read_strict_json(std::string_view text);

/// The member of this name; null if there is none. REQUIRES: an object.
const nlohmann::json* member_of(const nlohmann::json& object,
                                std::string_view name);

} // namespace signalbox
