// Finds the end of a JSON string of ASCII, 16 bytes at a time. Hot path: nearly
// all of a message's bytes are in strings.

#pragma once

#include <bit>
#include <cstddef>

#ifdef __SSE2__
#  include <emmintrin.h>
#else
#  include <algorithm>
#endif

namespace signalbox {

/// 16 bytes of a text; what is asked about them is answered with a bit each,
/// the first the lowest.
class text_block {
public:
  static constexpr std::size_t size = 16;

#ifdef __SSE2__
  explicit text_block(const char* at) noexcept
    : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {
    // nop
  }

  /// Which are `x` or `y`.
  unsigned either(char x, char y) const noexcept {
    return mask(_mm_or_si128(equal(x), equal(y)));
  }

  /// Which may not be in a string as they are, or are not ASCII.
  unsigned special() const noexcept {
    return mask(_mm_or_si128(_mm_or_si128(equal('"'), equal('\\')), no_text()));
  }

  unsigned backslashes() const noexcept {
    return mask(equal('\\'));
  }

  unsigned not_ascii() const noexcept {
    return mask(bytes_);
  }

private:
  static unsigned mask(__m128i x) noexcept {
    return static_cast<unsigned>(_mm_movemask_epi8(x));
  }

  __m128i equal(char c) const noexcept {
    return _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c));
  }

  // Signed: bytes outside ASCII are less than a blank too.
  __m128i no_text() const noexcept {
    return _mm_cmplt_epi8(bytes_, _mm_set1_epi8(' '));
  }

  __m128i bytes_;
#else
  explicit text_block(const char* at) noexcept {
    std::copy_n(at, size, bytes_);
  }

  unsigned either(char x, char y) const noexcept {
    return mask([x, y](char c) { return c == x || c == y; });
  }

  unsigned special() const noexcept {
    return mask([](char c) {
      return c == '"' || c == '\\' || static_cast<signed char>(c) < ' ';
    });
  }

  unsigned backslashes() const noexcept {
    return mask([](char c) { return c == '\\'; });
  }

  unsigned not_ascii() const noexcept {
    return mask([](char c) { return static_cast<signed char>(c) < 0; });
  }

private:
  template <class Predicate>
  unsigned mask(Predicate is) const noexcept {
    unsigned result = 0;
    for (std::size_t i = 0; i < size; ++i)
      result |= (is(bytes_[i]) ? 1u : 0u) << i;
    return result;
  }

  char bytes_[size];
#endif
};

/// The first byte from `at` on that is a quote, a backslash, a control
/// character or outside ASCII; `end` if there is none.
/// REQUIRES: the 16 bytes before `end` can be read.
inline const char* find_special(const char* at, const char* end) noexcept {
  for (; static_cast<std::size_t>(end - at) >= text_block::size;
       at += text_block::size)
    if (const auto marks = text_block{at}.special(); marks != 0)
      return at + std::countr_zero(marks);
  // The last bytes, and some once more that are before them.
  const auto seen = text_block::size - static_cast<std::size_t>(end - at);
  const auto marks = text_block{end - text_block::size}.special() >> seen;
  return marks != 0 ? at + std::countr_zero(marks) : end;
}

/// Goes on from a backslash at `at` over what follows it, as long as that is
/// line breaks, escaped, and plain text: of that an SDP is made, and looking at
/// its hundred line breaks one by one takes longer than all else. Returns where
/// something else is, whole blocks on.
inline const char* skip_lines(const char* at, const char* end) noexcept {
  // Whether a backslash is right before `at`.
  unsigned is_escaped = 0;
  for (; static_cast<std::size_t>(end - at) >= text_block::size;
       at += text_block::size) {
    const text_block block{at};
    const auto backslashes = block.backslashes();
    // If each backslash is followed by such a letter, none is itself escaped.
    const auto escaped = (backslashes << 1 | is_escaped) & 0xffff;
    if ((escaped & ~block.either('r', 'n')) != 0
        || block.special() != backslashes)
      break;
    is_escaped = backslashes >> (text_block::size - 1);
  }
  return at - is_escaped;
}

} // namespace signalbox
