#include "net/client_frames.hpp"

#include <algorithm>
#include <cstring>

namespace signalbox {

namespace {

constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::uint8_t first_control_opcode = 8;
constexpr std::uint8_t masked = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_in_16_bits = 126;
constexpr std::uint8_t length_in_64_bits = 127;
constexpr std::size_t mask_size = 4;

std::uint8_t byte_at(std::span<const char> input, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(input[i]);
}

/// Takes the mask off, or puts it on again: it is the same. Whether what came
/// of it is all ASCII. In words, as the compiler makes vectors of them.
bool apply_mask(std::span<char> payload, const char* mask) noexcept {
  std::uint64_t key = 0;
  std::memcpy(&key, mask, mask_size);
  key |= key << 32;
  std::uint64_t seen = 0;
  std::size_t i = 0;
  for (; i + sizeof key <= payload.size(); i += sizeof key) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + i, sizeof word);
    word ^= key;
    seen |= word;
    std::memcpy(payload.data() + i, &word, sizeof word);
  }
  for (; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ mask[i % mask_size]);
    seen |= static_cast<std::uint8_t>(payload[i]);
  }
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  return (seen & high_bits) == 0;
}

} // namespace

std::optional<plain_frame> read_plain_frame(std::span<char> input,
                                            std::size_t bytes_max) noexcept {
  constexpr std::uint8_t final_text = fin | 1;
  constexpr std::uint8_t final_binary = fin | 2;
  constexpr std::uint8_t pong = fin | 10;
  if (input.size() < 2 + mask_size)
    return std::nullopt;
  const auto first = byte_at(input, 0);
  if (first != final_text && first != final_binary && first != pong)
    return std::nullopt;
  if ((byte_at(input, 1) & masked) == 0)
    return std::nullopt;
  std::size_t length = byte_at(input, 1) & length_bits;
  std::size_t header = 2 + mask_size;
  if (length == length_in_16_bits) {
    length = std::size_t{byte_at(input, 2)} << 8 | byte_at(input, 3);
    header += 2;
    if (length < length_in_16_bits || first == pong)
      return std::nullopt;
  } else if (length == length_in_64_bits) {
    return std::nullopt;
  }
  if (length > bytes_max || input.size() < header + length)
    return std::nullopt;
  const auto payload = input.subspan(header, length);
  const auto* mask = input.data() + header - mask_size;
  if (!apply_mask(payload, mask)) {
    apply_mask(payload, mask);
    return std::nullopt;
  }
  return plain_frame{{payload.data(), length}, first == pong, header + length};
}

std::size_t frame_tracker::follow(std::string_view bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (header_seen_ < 2 || header_seen_ < header_size_) {
      take_header_byte(static_cast<std::uint8_t>(bytes[i]));
      ++i;
    } else {
      const auto size = std::min<std::uint64_t>(length_, bytes.size() - i);
      length_ -= size;
      i += size;
    }
    if (header_seen_ >= 2 && header_seen_ == header_size_ && length_ == 0) {
      end_frame();
      break;
    }
  }
  return i;
}

// The length follows the first two bytes, the mask the length.
std::uint8_t frame_tracker::length_end() const noexcept {
  if (header_size_ >= 10)
    return 10;
  return header_size_ == 4 || header_size_ == 8 ? 4 : 2;
}

void frame_tracker::take_header_byte(std::uint8_t byte) noexcept {
  if (header_seen_ == 0) {
    first_byte_ = byte;
  } else if (header_seen_ == 1) {
    const auto length = byte & length_bits;
    const auto more = length == length_in_16_bits   ? 2
                      : length == length_in_64_bits ? 8
                                                    : 0;
    length_ = more == 0 ? length : 0;
    header_size_ = static_cast<std::uint8_t>(
      2 + more + ((byte & masked) != 0 ? mask_size : 0));
  } else if (header_seen_ < length_end()) {
    length_ = length_ << 8 | byte;
  }
  ++header_seen_;
}

void frame_tracker::end_frame() noexcept {
  if ((first_byte_ & opcode_bits) < first_control_opcode)
    is_in_message_ = (first_byte_ & fin) == 0;
  header_seen_ = 0;
}

} // namespace signalbox
