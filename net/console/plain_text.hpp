// Text for a terminal: what others have written can neither steer it nor shift
// what stands beside it. Lines are measured in columns, not in bytes. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::console {

/// `text` in characters whose width is known. Control characters, what writes
/// from right to left, joins or combines, and what is not listed here become
/// `\u{202e}`, those below U+0100 and bytes that are not UTF-8 `\x1b`, and a
/// backslash becomes two.
std::string escaped(std::string_view text);

/// Columns of a text that `escaped` made.
std::size_t columns_of(std::string_view text);

/// The first `width` columns of such a text; where it was cut, the last one is
/// `>`. 0 = all of it.
std::string cut(std::string_view text, std::size_t width);

/// `text` with blanks to fill `width` columns, behind it or before it.
std::string padded(std::string_view text, std::size_t width, bool is_right);

using rows = std::vector<std::vector<std::string>>;

struct column {
  std::string_view title;
  /// Numbers stand to the right.
  bool is_right = false;
};

/// The titles and one line for each row, columns aligned, two blanks between.
/// The cells are escaped; each row has a cell for each column.
std::vector<std::string> table(const std::vector<column>& columns,
                               const rows& cells);

} // namespace signalbox::console
