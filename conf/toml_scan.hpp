// Looks over a TOML text before toml++ 3.3 sees it, for what that library does
// not survive: letters outside ASCII where none may stand, control characters,
// brackets that hold no name or do not match, deep nesting. All of it is
// refused by TOML 1.0 as well, but for a few spellings named in the README that
// no option needs. One pass, no allocation that grows with the text; pure.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// Tables in tables are destroyed by recursion, so their depth, at most the
/// product of the two, is what the stack must bear.
inline constexpr std::size_t toml_brackets_open_max = 16;
/// In one line, outside strings and comments.
inline constexpr std::size_t toml_dots_max = 16;

struct toml_refusal {
  /// From 1.
  std::size_t line = 1;
  /// To follow the word "expected".
  std::string expected;
};

/// Why toml++ must not see `content`; nothing if it may.
std::optional<toml_refusal> refusal_of_toml(std::string_view content);

} // namespace signalbox
