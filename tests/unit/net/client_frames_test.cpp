#include "net/client_frames.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

constexpr std::size_t bytes_max = 65536;
constexpr int text = 0x81;

std::string header(int first, std::uint64_t length, int form, bool is_masked) {
  std::string out{static_cast<char>(first)};
  const auto mark = is_masked ? 0x80 : 0;
  const auto add = [&](int bytes) {
    for (auto i = bytes - 1; i >= 0; --i)
      out += static_cast<char>(length >> (8 * i));
  };
  if (form == 16) {
    out += static_cast<char>(mark | 126);
    add(2);
  } else if (form == 64) {
    out += static_cast<char>(mark | 127);
    add(8);
  } else {
    out += static_cast<char>(mark | static_cast<int>(length));
  }
  return out;
}

/// As a client sends it, with the mask 1 2 3 4. `form`: bits of the length,
/// 0 = the shortest form.
std::string frame(std::string payload, int first = text, int form = 0) {
  if (form == 0)
    form = payload.size() < 126 ? 7 : payload.size() < 65536 ? 16 : 64;
  auto out = header(first, payload.size(), form, true) + "\1\2\3\4";
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ static_cast<char>(i % 4 + 1));
  return out;
}

/// What is at the front of these bytes; "-" if it is not plain.
std::string read(std::string bytes, std::size_t max = bytes_max) {
  const auto before = bytes;
  const auto found = read_plain_frame(bytes, max);
  if (found)
    return std::string{found->text} + ' ' + std::to_string(found->size);
  CHECK(bytes == before);
  return "-";
}

std::size_t followed(frame_tracker& tracker, const std::string& bytes) {
  return tracker.follow(bytes);
}

bool is_between_after(const std::string& bytes) {
  frame_tracker tracker;
  CHECK(followed(tracker, bytes) == bytes.size());
  return tracker.is_between_messages();
}

} // namespace

TEST_CASE("plain frame: of every length up to the limit", "[client_frames]") {
  for (const std::size_t size :
       {0u, 1u, 2u, 3u, 4u, 7u, 8u, 9u, 125u, 126u, 127u, 3000u, 65535u}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i)
      payload += static_cast<char>(' ' + i % 95);
    const auto whole = frame(payload).size();
    CHECK(read(frame(payload) + "more")
          == payload + ' ' + std::to_string(whole));
    CHECK(read(frame(payload), size) == payload + ' ' + std::to_string(whole));
    if (size > 0)
      CHECK(read(frame(payload), size - 1) == "-");
  }
}

TEST_CASE("plain frame: a binary one is one too", "[client_frames]") {
  CHECK(read(frame("{}", 0x82)) == "{} 8");
}

TEST_CASE("plain frame: a pong is one, of up to 125 bytes", "[client_frames]") {
  auto pong = frame(std::string(125, 'x'), 0x8a);
  CHECK(read_plain_frame(pong, bytes_max)->kind == plain_kind::pong);
  auto empty = frame("", 0x8a);
  CHECK(read_plain_frame(empty, bytes_max)->kind == plain_kind::pong);
  auto message = frame("");
  CHECK(read_plain_frame(message, bytes_max)->kind == plain_kind::message);
}

TEST_CASE("plain frame: a close is one, with a code that clients may send",
          "[client_frames]") {
  const auto close_of = [](const std::string& payload) {
    auto bytes = frame(payload, 0x88);
    const auto found = read_plain_frame(bytes, bytes_max);
    if (!found)
      return read(frame(payload, 0x88));
    CHECK(found->kind == plain_kind::close);
    return std::to_string(found->close_code) + ' ' + std::string{found->text};
  };
  CHECK(close_of("") == "0 ");
  CHECK(close_of("\x03\xe8") == "1000 ");
  CHECK(close_of("\x03\xe8" + std::string(123, 'x'))
        == "1000 " + std::string(123, 'x'));
  CHECK(close_of("\x03\xe9gone") == "1001 gone");
  CHECK(close_of("\x03\xeb") == "1003 ");
  CHECK(close_of("\x03\xef") == "1007 ");
  CHECK(close_of("\x03\xf5") == "1013 ");
  CHECK(close_of("\x0b\xb8") == "3000 ");
  CHECK(close_of("\x13\x87") == "4999 ");
  // Half a code; codes of nobody, those that are in no frame, and over the end;
  // a reason that is not ASCII.
  CHECK(close_of("\x03") == "-");
  CHECK(close_of("\x03\xe7") == "-");
  CHECK(close_of("\x03\xec") == "-");
  CHECK(close_of("\x03\xee") == "-");
  CHECK(close_of("\x03\xf6") == "-");
  CHECK(close_of("\x0b\xb7") == "-");
  CHECK(close_of("\x13\x88") == "-");
  CHECK(close_of("\x03\xe8\xc3\xa4") == "-");
  CHECK(close_of("\x03\xe8" + std::string(124, 'x')) == "-");
}

TEST_CASE("plain frame: not before it is there whole", "[client_frames]") {
  for (const auto& whole : {frame("hello"), frame(std::string(200, 'x'))})
    for (std::size_t i = 0; i < whole.size(); ++i)
      CHECK(read(whole.substr(0, i)) == "-");
}

TEST_CASE("plain frame: whatever else a frame can be is none",
          "[client_frames]") {
  const std::string payload(200, 'x');
  CHECK(read(frame(payload, 0x01)) == "-"); // a fragment
  CHECK(read(frame(payload, 0x80)) == "-"); // the last one
  CHECK(read(frame("", 0x89)) == "-");
  CHECK(read(frame(payload, 0x8a)) == "-"); // too long for a pong
  CHECK(read(frame(payload, 0x83)) == "-");
  CHECK(read(frame(payload, 0xc1)) == "-");
  CHECK(read(frame(payload, 0xa1)) == "-");
  CHECK(read(frame(payload, 0x91)) == "-");
  CHECK(read(frame("short", text, 16)) == "-");
  CHECK(read(frame(payload, text, 64)) == "-");
  CHECK(read(header(text, 5, 7, false) + "hello" + payload) == "-");
}

TEST_CASE("plain frame: what is not ASCII is left as it was",
          "[client_frames]") {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string payload(20, 'x');
    payload[at] = '\x80';
    CHECK(read(frame(payload)) == "-");
  }
  CHECK(read(frame("\x7f")) == "\x7f 7");
}

TEST_CASE("frame tracker: it stops at the end of a frame", "[client_frames]") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    const auto one = frame(std::string(size, 'x'));
    frame_tracker tracker;
    CHECK(followed(tracker, one + one) == one.size());
    CHECK(tracker.is_between_messages());
  }
}

TEST_CASE("frame tracker: byte by byte", "[client_frames]") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65536u}) {
    const auto one = frame(std::string(size, 'x'));
    frame_tracker tracker;
    for (std::size_t i = 0; i < one.size(); ++i) {
      REQUIRE(followed(tracker, one.substr(i, 1)) == 1);
      REQUIRE(tracker.is_between_messages() == (i + 1 == one.size()));
    }
  }
}

TEST_CASE("frame tracker: between fragments no message begins",
          "[client_frames]") {
  CHECK_FALSE(is_between_after(frame("a", 0x01)));
  CHECK_FALSE(is_between_after(frame("", 0x01)));
  frame_tracker tracker;
  followed(tracker, frame("a", 0x01));
  followed(tracker, frame("", 0x89)); // a ping between them
  CHECK_FALSE(tracker.is_between_messages());
  followed(tracker, frame("b", 0x00));
  CHECK_FALSE(tracker.is_between_messages());
  followed(tracker, frame("c", 0x80));
  CHECK(tracker.is_between_messages());
}

TEST_CASE("frame tracker: control frames are between messages",
          "[client_frames]") {
  CHECK(is_between_after(frame("", 0x89)));
  CHECK(is_between_after(frame("pong", 0x8a)));
}

TEST_CASE("frame tracker: a frame without a mask is as long as it says",
          "[client_frames]") {
  for (const auto& [size, form] :
       {std::pair{0, 7}, {5, 7}, {200, 16}, {70'000, 64}, {5, 64}})
    CHECK(is_between_after(
      header(text, static_cast<std::uint64_t>(size), form, false)
      + std::string(static_cast<std::size_t>(size), 'x')));
}
