#include "schema/string_scan.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace signalbox;

namespace {

// What has to be readable before the end, and is not looked at.
const std::string before(text_block::size, '"');

std::size_t special_in(const std::string& text) {
  const auto all = before + text;
  const auto* begin = all.data() + before.size();
  return static_cast<std::size_t>(find_special(begin, all.data() + all.size())
                                  - begin);
}

std::size_t lines_in(const std::string& text) {
  const auto all = before + text;
  const auto* begin = all.data() + before.size();
  return static_cast<std::size_t>(skip_lines(begin, all.data() + all.size())
                                  - begin);
}

} // namespace

TEST_CASE("string scan: the first special byte is found, wherever it is",
          "[string_scan]") {
  for (const char special : {'"', '\\', '\0', '\n', '\x1f', '\x80', '\xff'})
    for (std::size_t at = 0; at < 50; ++at)
      for (std::size_t after = 0; after < 35; ++after) {
        INFO(at << " before, " << after << " after it");
        const auto text = std::string(at, 'a') + special;
        REQUIRE(special_in(text + std::string(after, 'z')) == at);
        REQUIRE(special_in(text + std::string(after, '"')) == at);
      }
}

TEST_CASE("string scan: other bytes are not special", "[string_scan]") {
  for (int c = ' '; c < 0x80; ++c) {
    if (c == '"' || c == '\\')
      continue;
    INFO(c);
    for (const std::size_t size : {0, 1, 15, 16, 17, 40})
      REQUIRE(special_in(std::string(size, static_cast<char>(c))) == size);
  }
}

TEST_CASE(
  "string scan: line breaks are skipped in whole blocks, and end at "
  "none of their halves",
  "[string_scan]") {
  for (std::size_t first = 0; first < 20; ++first) {
    std::string text(first, 'a');
    for (int i = 0; i < 8; ++i)
      text += R"(\r\na=mid:0 rn)";
    INFO(first);
    const auto blocks = text.size() / text_block::size * text_block::size;
    REQUIRE(lines_in(text) == blocks - (text[blocks - 1] == '\\' ? 1 : 0));
  }
}

TEST_CASE(
  "string scan: whatever is no line break is left, with all of its "
  "block",
  "[string_scan]") {
  const std::string line = R"(\r\na=mid:0 0123)";
  REQUIRE(line.size() == text_block::size);
  for (const std::string other :
       {"\"", R"(\")", R"(\\)", R"(\\n)", R"(\t)", R"(\u000a)", "\n", "\x80"})
    for (std::size_t at = 0; at < text_block::size; ++at) {
      auto third = std::string(at, 'a') + other;
      third.resize(std::max(third.size(), text_block::size), 'z');
      INFO(third);
      // An escape that begins in this block and ends in the next one is known
      // only there.
      const auto is_split = at == text_block::size - 1 && other[0] == '\\';
      REQUIRE(lines_in(line + line + third + line)
              == 2 * text_block::size + (is_split ? at : 0));
    }
}
