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

constexpr std::uint8_t final_text = fin | 1;
constexpr std::uint8_t final_binary = fin | 2;
constexpr std::uint8_t final_close = fin | 8;
constexpr std::uint8_t final_pong = fin | 10;

std::uint8_t byte_at(std::span<const char> input, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(input[i]);
}

std::optional<plain_kind> kind_of(std::uint8_t first_byte) noexcept {
  switch (first_byte) {
    case final_text:
    case final_binary:
      return plain_kind::message;
    case final_pong:
      return plain_kind::pong;
    case final_close:
      return plain_kind::close;
    default:
      return std::nullopt;
  }
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

/// Of the codes in IANA's registry, those that may be in a frame; and all that
/// are for libraries and applications.
bool is_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013)
         || (code >= 3000 && code <= 4999);
}

/// Takes the code off a close's payload (RFC 6455 §5.5.1). False if it is not
/// plain.
bool take_close_code(plain_frame& close) noexcept {
  if (close.text.empty())
    return true;
  if (close.text.size() < 2)
    return false;
  close.close_code = static_cast<std::uint16_t>(byte_at(close.text, 0) << 8
                                                | byte_at(close.text, 1));
  close.text.remove_prefix(2);
  return is_close_code(close.close_code)
         && std::all_of(close.text.begin(), close.text.end(), [](char c) {
              return static_cast<signed char>(c) >= 0;
            });
}

} // namespace

std::optional<plain_frame> read_plain_frame(std::span<char> input,
                                            std::size_t bytes_max) noexcept {
  if (input.size() < 2 + mask_size)
    return std::nullopt;
  const auto kind = kind_of(byte_at(input, 0));
  if (!kind)
    return std::nullopt;
  if ((byte_at(input, 1) & masked) == 0)
    return std::nullopt;
  std::size_t length = byte_at(input, 1) & length_bits;
  std::size_t header = 2 + mask_size;
  if (length == length_in_16_bits) {
    length = std::size_t{byte_at(input, 2)} << 8 | byte_at(input, 3);
    header += 2;
    if (length < length_in_16_bits || *kind != plain_kind::message)
      return std::nullopt;
  } else if (length == length_in_64_bits) {
    return std::nullopt;
  }
  if (length > bytes_max || input.size() < header + length)
    return std::nullopt;
  const auto payload = input.subspan(header, length);
  const auto* mask = input.data() + header - mask_size;
  const auto is_ascii = apply_mask(payload, mask);
  plain_frame frame{{payload.data(), length}, *kind, 0, header + length};
  if (*kind == plain_kind::close ? take_close_code(frame) : is_ascii)
    return frame;
  apply_mask(payload, mask);
  return std::nullopt;
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
