#include "schema/line_breaks.hpp"

#include "schema/string_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace signalbox {

namespace {

/// U+008D and U+008A in UTF-8.
void fold(char* escape, bool is_line_feed) noexcept {
  escape[0] = '\xC2';
  escape[1] = is_line_feed ? '\x8A' : '\x8D';
}

} // namespace

copied copy_folding(std::string_view json, char* to) noexcept {
  std::copy(json.begin(), json.end(), to);
  auto result = copied::as_it_was;
  // Whatever follows a backslash belongs to it: up to here all is done.
  std::size_t done = 0;
  for (std::size_t base = 0; base < json.size(); base += text_block::size) {
    const auto left = json.size() - base;
    std::array<char, text_block::size> last{};
    if (left < last.size())
      std::memcpy(last.data(), json.data() + base, left);
    const text_block block{left < last.size() ? last.data()
                                              : json.data() + base};
    if (block.not_ascii() != 0)
      return copied::not_at_all;
    auto backslashes = block.backslashes();
    for (; backslashes != 0; backslashes &= backslashes - 1) {
      const auto at = base
                      + static_cast<std::size_t>(std::countr_zero(backslashes));
      if (at < done || at + 1 == json.size())
        continue;
      done = at + 2;
      const auto kind = json[at + 1];
      if (kind == 'u')
        return copied::not_at_all;
      if (kind == 'r' || kind == 'n') {
        fold(to + at, kind == 'n');
        result = copied::folded;
      }
    }
  }
  return result;
}

} // namespace signalbox
