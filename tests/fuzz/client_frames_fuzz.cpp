// A client's bytes, read as frames: what is taken as a plain message is what a
// slow reading of RFC 6455 §5.2 says, and following bytes in pieces says the
// same as following them whole.

#include "net/client_frames.hpp"
#include "tests/fuzz/property.hpp"

#include <string>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

constexpr std::size_t bytes_max = 1000;

std::size_t number_in(std::string_view bytes) {
  std::size_t result = 0;
  for (const auto c : bytes)
    result = result * 256 + static_cast<unsigned char>(c);
  return result;
}

/// Byte for byte as the figure in RFC 6455 §5.2 has it; nothing if it is not
/// plain. `size` is that of the frame.
std::optional<std::string> read_slowly(std::string_view bytes,
                                       std::size_t& size) {
  if (bytes.size() < 2 || (bytes[1] & 0x80) == 0)
    return std::nullopt;
  const auto is_close = bytes[0] == '\x88';
  const auto is_control = is_close || bytes[0] == '\x8a';
  if (bytes[0] != '\x81' && bytes[0] != '\x82' && !is_control)
    return std::nullopt;
  const auto first_length = number_in(bytes.substr(1, 1)) & 127;
  const auto is_long = first_length == 126;
  if (is_long && is_control)
    return std::nullopt;
  std::size_t at = is_long ? 4 : 2;
  if (first_length == 127 || bytes.size() < at + 4)
    return std::nullopt;
  const auto length = is_long ? number_in(bytes.substr(2, 2)) : first_length;
  if (is_long && length < 126)
    return std::nullopt;
  const auto mask = bytes.substr(at, 4);
  at += 4;
  if (length > bytes_max || bytes.size() - at < length)
    return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    text += static_cast<char>(bytes[at + i] ^ mask[i % 4]);
    if (static_cast<unsigned char>(text.back()) > 127 && !(is_close && i < 2))
      return std::nullopt;
  }
  size = at + length;
  if (!is_close || text.empty())
    return text;
  const auto code = number_in(std::string_view{text}.substr(0, 2));
  const auto is_known = code >= 1000 && code <= 1013 && code != 1004
                        && code != 1005 && code != 1006;
  if (length < 2 || !(is_known || (code >= 3000 && code <= 4999)))
    return std::nullopt;
  return text;
}

/// Its payload, a close's code in front again.
std::string all_of(const plain_frame& frame) {
  std::string result;
  if (frame.close_code != 0)
    result = {static_cast<char>(frame.close_code >> 8),
              static_cast<char>(frame.close_code)};
  return result.append(frame.text);
}

plain_kind kind_by(char first) {
  return first == '\x8a'   ? plain_kind::pong
         : first == '\x88' ? plain_kind::close
                           : plain_kind::message;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all{fuzz::text_of(data, size)};
  frame_tracker whole;
  frame_tracker single;
  std::string_view rest = all;
  while (!rest.empty()) {
    if (whole.is_between_messages()) {
      std::size_t slow_size = 0;
      const auto slow = read_slowly(rest, slow_size);
      std::string bytes{rest};
      const auto fast = read_plain_frame(bytes, bytes_max);
      hold(fast.has_value() == slow.has_value(), "both take it, or none");
      hold(fast ? all_of(*fast) == *slow && fast->size == slow_size
                    && fast->kind == kind_by(rest[0])
                : bytes == rest,
           "the same text, or no byte changed");
    }
    const auto used = whole.follow(rest);
    hold(used > 0 && used <= rest.size(), "some bytes are followed");
    for (const auto c : rest.substr(0, used))
      hold(single.follow({&c, 1}) == 1, "one byte at a time");
    hold(whole.is_between_messages() == single.is_between_messages(),
         "pieces end where the whole does");
    rest.remove_prefix(used);
  }
  return 0;
}
