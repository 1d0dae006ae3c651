#include "schema/frames.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace signalbox;

namespace {

std::string frame_of(std::string_view text) {
  std::string out;
  append_text_frame(out, text);
  return out;
}

/// The header a text of `size` bytes gets, and a check of the rest.
std::string header_for(std::size_t size) {
  std::string text(size, 'x');
  auto frame = frame_of(text);
  auto header_size = frame_header_size(size);
  CHECK(frame.substr(header_size) == text);
  return frame.substr(0, header_size);
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (auto value : values)
    out.push_back(static_cast<char>(value));
  return out;
}

} // namespace

TEST_CASE("frames: a text of up to 125 bytes has a header of two", "[frames]") {
  CHECK(header_for(0) == bytes({0x81, 0}));
  CHECK(header_for(1) == bytes({0x81, 1}));
  CHECK(header_for(125) == bytes({0x81, 125}));
}

TEST_CASE("frames: a text of up to 65535 bytes has a header of four",
          "[frames]") {
  CHECK(header_for(126) == bytes({0x81, 126, 0x00, 0x7E}));
  CHECK(header_for(256) == bytes({0x81, 126, 0x01, 0x00}));
  CHECK(header_for(65535) == bytes({0x81, 126, 0xFF, 0xFF}));
}

TEST_CASE("frames: a longer text has a header of ten", "[frames]") {
  CHECK(header_for(65536) == bytes({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
  CHECK(header_for(1234567)
        == bytes({0x81, 127, 0, 0, 0, 0, 0, 0x12, 0xD6, 0x87}));
}

TEST_CASE("frames: a frame is appended to what is there", "[frames]") {
  std::string out = frame_of("a");
  append_text_frame(out, "bc");
  CHECK(out == "\x81\x01" "a\x81\x02" "bc");
}

TEST_CASE("frames: the first frames of a buffer can be measured", "[frames]") {
  std::string out;
  std::size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 3};
  std::size_t expected = 0;
  for (auto size : sizes)
    append_text_frame(out, std::string(size, 'x'));
  CHECK(prefix_size(out, 0) == 0);
  for (std::size_t count = 1; count <= std::size(sizes); ++count) {
    auto size = sizes[count - 1];
    expected += frame_header_size(size) + size;
    CHECK(prefix_size(out, count) == expected);
  }
  CHECK(prefix_size(out, std::size(sizes)) == out.size());
}

TEST_CASE("frames: no frames are no bytes", "[frames]") {
  CHECK(prefix_size("", 0) == 0);
}

TEST_CASE("frames: the notices are those of the contract", "[frames]") {
  CHECK(peer_disconnected_text == "{\"type\":\"peer-disconnected\"}");
  CHECK(schema_error_text
        == "{\"type\":\"control\",\"action\":\"schema-error\"}");
}

TEST_CASE("frames: payloads come off one by one, whatever their length",
          "[frames]") {
  const std::vector<std::size_t> sizes{0, 1, 125, 126, 65535, 65536, 70000};
  std::string frames;
  for (auto size : sizes)
    append_text_frame(frames, std::string(size, 'x'));
  std::string_view rest = frames;
  for (auto size : sizes)
    CHECK(take_frame(rest) == std::string(size, 'x'));
  CHECK(rest.empty());
}
