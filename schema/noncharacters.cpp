#include "schema/noncharacters.hpp"

#include <cstddef>
#include <cstdint>

namespace signalbox {

namespace {

/// The first byte of U+FDD0, and the least one that a noncharacter starts with.
constexpr unsigned char lead_byte_min = 0xEF;

} // namespace

bool may_hold_noncharacters(std::string_view json) noexcept {
  if (json.empty())
    return false;
  // Without an early exit the loop becomes vector instructions, and nearly
  // every text is scanned to its end anyway.
  auto bytes = reinterpret_cast<const unsigned char*>(json.data());
  auto last = json.size() - 1;
  std::uint8_t found = bytes[last] >= lead_byte_min;
  for (std::size_t i = 0; i < last; ++i)
    found |=
      static_cast<std::uint8_t>((bytes[i] >= lead_byte_min)
                                | ((bytes[i] == '\\') & (bytes[i + 1] == 'u')));
  return found != 0;
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
