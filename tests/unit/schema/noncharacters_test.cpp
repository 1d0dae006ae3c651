#include "schema/noncharacters.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

std::string utf8_of(unsigned long c) {
  std::string out;
  auto tail = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3F)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
  return out;
}

} // namespace

TEST_CASE("noncharacters: exactly the 66 of Unicode are found",
          "[noncharacters]") {
  auto found = 0;
  auto wrong = 0;
  for (unsigned long c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF)
      continue;
    auto expected = (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
    auto is_found = holds_noncharacter("a" + utf8_of(c) + "z");
    found += is_found ? 1 : 0;
    wrong += is_found != expected ? 1 : 0;
    // The quick look may be wrong in one direction only.
    wrong += expected && !may_hold_noncharacters("\"" + utf8_of(c) + "\"");
  }
  CHECK(found == 66);
  CHECK(wrong == 0);
}

TEST_CASE("noncharacters: what browsers send is not looked at twice",
          "[noncharacters]") {
  CHECK_FALSE(may_hold_noncharacters(""));
  CHECK_FALSE(may_hold_noncharacters(R"({"sdp":"v=0\r\no=- 1 2"})"));
  CHECK_FALSE(may_hold_noncharacters("{\"action\":\"\xC3\xA9\xE4\xB8\xAD\"}"));
}

TEST_CASE("noncharacters: a quick look sees escapes and high bytes anywhere",
          "[noncharacters]") {
  for (std::size_t before : {0, 1, 15, 16, 17, 63, 64, 65, 1000})
    for (std::size_t after : {0, 1, 15, 16, 17, 63, 64, 65}) {
      auto text = std::string(before, '"') + "\\u" + std::string(after, '"');
      CHECK(may_hold_noncharacters(text));
      text = std::string(before, '"') + "\xEF" + std::string(after, '"');
      CHECK(may_hold_noncharacters(text));
    }
}
