#include "backplane/resp_scanner.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

/// Whether all of `bytes` may go on.
bool passes(resp_scanner& scanner, const std::string& bytes) {
  return scanner.scan(bytes) == bytes.size();
}

/// The header of a bulk string that is `bytes` long on the wire.
std::string bulk_header(std::size_t bytes) {
  // The header's own length depends on the length it announces.
  for (auto size = bytes;; --size) {
    auto header = '$' + std::to_string(size) + "\r\n";
    if (header.size() + size + 2 == bytes)
      return header;
  }
}

/// Whether a bulk string that is `bytes` long on the wire may go on.
bool bulk_passes(resp_scanner& scanner, std::size_t bytes) {
  auto header = bulk_header(bytes);
  if (!passes(scanner, header))
    return false;
  const std::string piece(64 * 1024, 'a');
  auto left = bytes - header.size() - 2;
  for (; left > piece.size(); left -= piece.size())
    if (!passes(scanner, piece))
      return false;
  return passes(scanner, piece.substr(0, left) + "\r\n");
}

} // namespace

TEST_CASE("resp_scanner: a reply of 64 MiB passes, one byte more does not",
          "[resp_scanner]") {
  resp_scanner scanner;
  CHECK(bulk_passes(scanner, resp_reply_bytes_max));
  // Each reply counts for itself.
  CHECK(bulk_passes(scanner, resp_reply_bytes_max));
  auto header = bulk_header(resp_reply_bytes_max + 1);
  // All but the byte that would have hiredis believe the length.
  CHECK(scanner.scan(header) == header.size() - 1);
  CHECK(scanner.refusal() == "a reply of more than 64 MiB");
}

TEST_CASE("resp_scanner: an array's items count together", "[resp_scanner]") {
  resp_scanner scanner;
  auto third = resp_reply_bytes_max / 3;
  CHECK(passes(scanner, "*4\r\n"));
  CHECK(bulk_passes(scanner, third));
  CHECK(bulk_passes(scanner, third));
  CHECK_FALSE(bulk_passes(scanner, third));
  CHECK(scanner.refusal() == "a reply of more than 64 MiB");
}

TEST_CASE("resp_scanner: lines count as well", "[resp_scanner]") {
  resp_scanner scanner;
  auto line = '+' + std::string(resp_line_bytes_max, 'a') + "\r\n";
  CHECK(passes(scanner, "*2000\r\n"));
  std::size_t lines = 0;
  while (lines < 2000 && passes(scanner, line))
    ++lines;
  CHECK(lines == (resp_reply_bytes_max - 7) / line.size());
  CHECK(scanner.refusal() == "a reply of more than 64 MiB");
}

TEST_CASE("resp_scanner: a line of 64 KiB passes, one byte more does not",
          "[resp_scanner]") {
  for (auto type : {'+', '-', ':'}) {
    resp_scanner scanner;
    auto line = type + std::string(resp_line_bytes_max, '1');
    CHECK(passes(scanner, line + "\r\n"));
    CHECK(passes(scanner, line));
    CHECK(scanner.scan("1") == 0);
    CHECK(scanner.refusal() == "a line of more than 64 KiB");
  }
}

TEST_CASE("resp_scanner: a million items pass, however they are nested",
          "[resp_scanner]") {
  resp_scanner scanner;
  CHECK(passes(scanner, "*1048576\r\n"));
  scanner = {};
  CHECK(passes(scanner, "*6\r\n*1048570\r\n"));
  scanner = {};
  CHECK_FALSE(passes(scanner, "*6\r\n*1048571\r\n"));
  scanner = {};
  // Each reply counts for itself.
  for (int i = 0; i < 3; ++i)
    CHECK(passes(scanner, "*1\r\n*0\r\n"));
  CHECK(passes(scanner, "*1048576\r\n"));
}

TEST_CASE("resp_scanner: nothing passes after a refusal", "[resp_scanner]") {
  resp_scanner scanner;
  CHECK(scanner.scan("+OK\r\nx+OK\r\n") == 5);
  CHECK(scanner.scan("+OK\r\n") == 0);
  CHECK(scanner.refusal() == "an unknown type of reply");
}
