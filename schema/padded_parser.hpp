// simdjson's DOM parser with its input: a buffer that keeps the padding it
// reads behind a text's end. What has been parsed stays until the next text.
// One thread only.

#pragma once

#include "schema/long_integers.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include <simdjson.h>

namespace signalbox {

class padded_parser {
public:
  /// No text is longer than `text_bytes_max`; deeper than `depth_max` levels is
  /// an error, an empty container counting as none.
  padded_parser(std::size_t text_bytes_max, std::size_t depth_max)
    : text_bytes_max_(text_bytes_max), depth_max_(depth_max) {
    // nop
  }

  bool may_hold(std::size_t size) const noexcept {
    return size <= text_bytes_max_ && size <= simdjson::SIMDJSON_MAXSIZE_BYTES;
  }

  /// Where to put a text of this size before it is parsed.
  /// Throws std::bad_alloc. REQUIRES: may_hold(size).
  char* room_for(std::size_t size) {
    if (!buffer_ || size > capacity_)
      grow(size);
    return buffer_.get();
  }

  /// Parses the first `size` bytes of the buffer. Integers that fit no 64 bits
  /// are shortened in there if that makes them a double.
  simdjson::error_code parse(std::size_t size, simdjson::dom::element& root) {
    auto parse = [&] {
      return parser_.parse_into_document(document_, buffer_.get(), size, false)
        .get(root);
    };
    auto error = parse();
    if (error == simdjson::NUMBER_ERROR
        && shorten_long_integers(buffer_.get(), size))
      error = parse();
    return error;
  }

private:
  void grow(std::size_t size) {
    constexpr std::size_t least = 4096;
    // Doubling, so that texts that grow byte by byte do not each cost an
    // allocation; but never more than any text may need.
    auto next = std::max(size, std::min(capacity_ * 2, text_bytes_max_));
    next = std::clamp(next, least, simdjson::SIMDJSON_MAXSIZE_BYTES);
    capacity_ = 0; // should one of the allocations fail
    buffer_ = std::make_unique<char[]>(next + simdjson::SIMDJSON_PADDING);
    if (parser_.allocate(next, depth_max_) != simdjson::SUCCESS
        || document_.allocate(next) != simdjson::SUCCESS)
      throw std::bad_alloc{};
    capacity_ = next;
  }

  const std::size_t text_bytes_max_;
  const std::size_t depth_max_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  simdjson::dom::parser parser_;
  simdjson::dom::document document_;
};

} // namespace signalbox
