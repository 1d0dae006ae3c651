#include "net/console/plain_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace signalbox::console {

namespace {

struct letter {
  /// 0 = bytes that are no UTF-8.
  std::size_t size = 0;
  std::uint32_t code = 0;
};

/// The letter at the front. RFC 3629: no overlong form, no surrogate.
letter first_letter(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto first = byte(0);
  if (first < 0x80)
    return {1, first};
  const std::size_t size = first < 0xc2   ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  std::uint32_t code = size == 0 ? 0 : first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const auto is_wrong = (size == 3 && code < 0x800)
                        || (size == 4 && (code < 0x10000 || code > 0x10ffff))
                        || (code >= 0xd800 && code <= 0xdfff);
  return is_wrong ? letter{} : letter{size, code};
}

struct range {
  std::uint32_t first;
  std::uint32_t last;
  std::size_t columns;
};

/// Characters that every terminal draws alike, sorted. Scripts that run from
/// right to left, combine or join are missing on purpose.
/// Source: Unicode Standard Annex #11, East Asian Width; Blocks.txt.
constexpr range known[] = {
  {0x20, 0x7e, 1},       {0xa1, 0xac, 1},       {0xae, 0x2ff, 1},
  {0x370, 0x377, 1},     {0x37a, 0x37f, 1},     {0x384, 0x38a, 1},
  {0x38e, 0x3a1, 1},     {0x3a3, 0x482, 1},     {0x48a, 0x52f, 1},
  {0x1e00, 0x1f15, 1},   {0x2010, 0x2027, 1},   {0x2030, 0x205e, 1},
  {0x20a0, 0x20bf, 1},   {0x2100, 0x218b, 1},   {0x2190, 0x2199, 1},
  {0x2200, 0x22ff, 1},   {0x2500, 0x25a0, 1},   {0x3001, 0x3029, 2},
  {0x3030, 0x303e, 2},   {0x3041, 0x3096, 2},   {0x309b, 0x30ff, 2},
  {0x3400, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},   {0xac00, 0xd7a3, 2},
  {0xff01, 0xff60, 2},   {0x1f300, 0x1f320, 2}, {0x1f345, 0x1f37c, 2},
  {0x1f400, 0x1f43e, 2}, {0x1f600, 0x1f64f, 2}, {0x20000, 0x2a6df, 2},
};

/// 0 = it is not known.
std::size_t width_of(std::uint32_t code) {
  const auto* found =
    std::lower_bound(std::begin(known), std::end(known), code,
                     [](const range& x, auto y) { return x.last < y; });
  return found != std::end(known) && found->first <= code ? found->columns : 0;
}

void append_code(std::string& out, std::uint32_t code) {
  char buffer[16];
  std::snprintf(buffer, sizeof(buffer), code < 0x100 ? "\\x%02x" : "\\u{%x}",
                static_cast<unsigned>(code));
  out += buffer;
}

} // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto [size, code] = first_letter(text);
    if (size == 0)
      append_code(result, static_cast<unsigned char>(text[0]));
    else if (code == '\\')
      result += "\\\\";
    else if (width_of(code) == 0)
      append_code(result, code);
    else
      result += text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::size_t columns_of(std::string_view text) {
  std::size_t result = 0;
  while (!text.empty()) {
    const auto [size, code] = first_letter(text);
    result += width_of(code);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::string cut(std::string_view text, std::size_t width) {
  if (width == 0 || columns_of(text) <= width)
    return std::string{text};
  std::size_t bytes = 0;
  std::size_t columns = 0;
  for (;;) {
    const auto [size, code] = first_letter(text.substr(bytes));
    // A wide one may leave a column free.
    if (columns + width_of(code) > width - 1)
      break;
    columns += width_of(code);
    bytes += std::max<std::size_t>(size, 1);
  }
  return std::string{text.substr(0, bytes)} + '>';
}

std::string padded(std::string_view text, std::size_t width, bool is_right) {
  const auto columns = columns_of(text);
  const std::string blanks(width > columns ? width - columns : 0, ' ');
  return is_right ? blanks + std::string{text} : std::string{text} + blanks;
}

std::vector<std::string> table(const std::vector<column>& columns,
                               const rows& cells) {
  std::vector<std::size_t> widths;
  for (const auto& x : columns)
    widths.push_back(x.title.size());
  for (const auto& row : cells)
    for (std::size_t i = 0; i < columns.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  std::vector<std::string> result;
  const auto add = [&](const auto& row_cell) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0)
        line += "  ";
      line += padded(row_cell(i), widths[i], columns[i].is_right);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result.push_back(std::move(line));
  };
  add([&](std::size_t i) { return columns[i].title; });
  for (const auto& row : cells)
    add([&](std::size_t i) { return std::string_view{row[i]}; });
  return result;
}

} // namespace signalbox::console
