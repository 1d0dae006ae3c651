#include "schema/frames.hpp"

namespace signalbox {

namespace {

constexpr unsigned char fin_and_text = 0x81;
constexpr unsigned char length_in_16_bits = 126;
constexpr unsigned char length_in_64_bits = 127;

/// Reads `bytes` bytes in network order.
std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (auto byte : bytes)
    value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::size_t first_frame_size(std::string_view frames) noexcept {
  // The mask bit is never set in a server's frame.
  std::uint64_t payload_size = static_cast<unsigned char>(frames[1]);
  if (payload_size == length_in_16_bits)
    payload_size = big_endian(frames.substr(2, 2));
  else if (payload_size == length_in_64_bits)
    payload_size = big_endian(frames.substr(2, 8));
  return frame_header_size(payload_size) + payload_size;
}

} // namespace

void append_text_frame(std::string& out, std::string_view text) {
  char header[10];
  auto header_size = frame_header_size(text.size());
  header[0] = static_cast<char>(fin_and_text);
  if (header_size == 2)
    header[1] = static_cast<char>(text.size());
  else
    header[1] = static_cast<char>(header_size == 4 ? length_in_16_bits
                                                   : length_in_64_bits);
  auto rest = static_cast<std::uint64_t>(text.size());
  for (auto i = header_size; i-- > 2; rest >>= 8)
    header[i] = static_cast<char>(rest & 0xFF);
  // Not resize() and memcpy: that would write the payload's bytes twice.
  out.reserve(out.size() + header_size + text.size());
  out.append(header, header_size).append(text);
}

namespace {

std::string text_frame(std::string_view text) {
  std::string result;
  append_text_frame(result, text);
  return result;
}

} // namespace

std::string close_frame(std::uint16_t code, std::string_view reason) {
  constexpr std::size_t reason_bytes_max = 123;
  std::string frame{"\x88\0", 2};
  if (code == 0)
    return frame;
  reason = reason.substr(0, reason_bytes_max);
  frame[1] = static_cast<char>(reason.size() + 2);
  frame += static_cast<char>(code >> 8);
  frame += static_cast<char>(code & 0xff);
  frame += reason;
  return frame;
}

std::string_view take_frame(std::string_view& frames) noexcept {
  const auto size = first_frame_size(frames);
  // A long form of length is never used for a short payload.
  const auto header_size = size < 2 + 126     ? frame_header_size(0)
                           : size < 4 + 65536 ? frame_header_size(126)
                                              : frame_header_size(65536);
  const auto payload = frames.substr(header_size, size - header_size);
  frames.remove_prefix(size);
  return payload;
}

std::size_t prefix_size(std::string_view frames, std::size_t count) noexcept {
  std::size_t size = 0;
  for (; count > 0; --count)
    size += first_frame_size(frames.substr(size));
  return size;
}

const std::string& peer_disconnected_frame() {
  static const auto frame = text_frame(peer_disconnected_text);
  return frame;
}

const std::string& schema_error_frame() {
  static const auto frame = text_frame(schema_error_text);
  return frame;
}

} // namespace signalbox
