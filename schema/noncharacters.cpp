#include "schema/noncharacters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace signalbox {

namespace {

/// The first byte of U+FDD0, and the least one that a noncharacter starts with.
constexpr unsigned char lead_byte_min = 0xEF;

// Both loops without an early exit, so that they become vector instructions:
// nearly every message is scanned to its end anyway.

bool holds_lead_byte(std::string_view json) noexcept {
  unsigned char greatest = 0;
  for (auto c : json)
    greatest = std::max(greatest, static_cast<unsigned char>(c));
  return greatest >= lead_byte_min;
}

bool holds_escaped_code(std::string_view json) noexcept {
  std::uint8_t found = 0;
  for (std::size_t i = 1; i < json.size(); ++i)
    found |=
      static_cast<std::uint8_t>((json[i - 1] == '\\') & (json[i] == 'u'));
  return found != 0;
}

} // namespace

bool may_hold_noncharacters(std::string_view json) noexcept {
  // A candidate has no escapes at all, and the C library is fastest to say so.
  return holds_lead_byte(json)
         || (json.find('\\') != std::string_view::npos
             && holds_escaped_code(json));
}

bool holds_noncharacter(std::string_view utf8) noexcept {
  auto bytes = reinterpret_cast<const unsigned char*>(utf8.data());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (bytes[i] < lead_byte_min)
      continue;
    if (bytes[i] == lead_byte_min) { // U+F000 to U+FFFF in three bytes
      auto tail = static_cast<unsigned>(bytes[i + 1] << 8 | bytes[i + 2]);
      if (tail >= 0xBFBE || (tail >= 0xB790 && tail <= 0xB7AF))
        return true;
      i += 2;
    } else { // planes 1 to 16 in four bytes; 0xnFFFE and 0xnFFFF
      if ((bytes[i + 1] & 0x0F) == 0x0F && bytes[i + 2] == 0xBF
          && bytes[i + 3] >= 0xBE)
        return true;
      i += 3;
    }
  }
  return false;
}

} // namespace signalbox
