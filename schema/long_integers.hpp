// JSON integers that fit a double but not 64 bits. They are legal, but simdjson
// before 4.0 reports them as it reports `01`, so such a text is parsed again
// from a copy in which they are rewritten. Cold path: no browser sends any.

#pragma once

#include <cstddef>

namespace signalbox {

/// Rewrites in place each integer of the JSON text `[text, text + size)` that
/// has 19 digits or more and fits a double as `1e30` or `-1e30` and spaces.
/// Returns whether there was one. All other bytes stay; text that is no JSON
/// becomes none by this.
bool shorten_long_integers(char* text, std::size_t size) noexcept;

} // namespace signalbox
