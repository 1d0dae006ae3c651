#include "schema/line_breaks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace signalbox {

namespace {

constexpr std::size_t block_size = 16;

/// Of 16 bytes, a bit each, the first the lowest.
struct block_marks {
  unsigned backslashes = 0;
  unsigned not_ascii = 0;
};

block_marks marks_of(const char* block) noexcept {
#ifdef __SSE2__
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  const auto equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return {static_cast<unsigned>(_mm_movemask_epi8(equal)),
          static_cast<unsigned>(_mm_movemask_epi8(bytes))};
#else
  block_marks result;
  for (std::size_t i = 0; i < block_size; ++i) {
    const auto byte = static_cast<unsigned char>(block[i]);
    result.backslashes |= (byte == '\\' ? 1u : 0u) << i;
    result.not_ascii |= (byte >= 0x80 ? 1u : 0u) << i;
  }
  return result;
#endif
}

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
  for (std::size_t base = 0; base < json.size(); base += block_size) {
    const auto left = json.size() - base;
    std::array<char, block_size> last{};
    if (left < block_size)
      std::memcpy(last.data(), json.data() + base, left);
    auto marks = marks_of(left < block_size ? last.data() : json.data() + base);
    if (marks.not_ascii != 0)
      return copied::not_at_all;
    for (; marks.backslashes != 0; marks.backslashes &= marks.backslashes - 1) {
      const auto at =
        base + static_cast<std::size_t>(std::countr_zero(marks.backslashes));
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
