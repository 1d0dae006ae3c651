#include "net/tokens/base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace signalbox {

namespace {

constexpr std::uint8_t no_digit = 0xff;

constexpr std::string_view alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto digits = [] {
  std::array<std::uint8_t, 256> result{};
  result.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    result[static_cast<unsigned char>(alphabet[i])] =
      static_cast<std::uint8_t>(i);
  return result;
}();

} // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  // One digit alone holds less than a byte.
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string result;
  result.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (char c : text) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit)
      return std::nullopt;
    bits = bits << 6 | digit;
    waiting += 6;
    if (waiting >= 8) {
      waiting -= 8;
      result.push_back(static_cast<char>(bits >> waiting));
      bits &= (1u << waiting) - 1;
    }
  }
  if (bits != 0)
    return std::nullopt;
  return result;
}

std::string to_base64url(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size() / 3 * 4 + 4);
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    waiting += 8;
    for (; waiting >= 6; waiting -= 6)
      result += alphabet[bits >> (waiting - 6) & 63];
    bits &= (1u << waiting) - 1;
  }
  if (waiting > 0)
    result += alphabet[bits << (6 - waiting) & 63];
  return result;
}

} // namespace signalbox
