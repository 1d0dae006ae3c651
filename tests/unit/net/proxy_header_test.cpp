#include "net/proxy_header.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;
using outcome = proxy_reading::outcome;

namespace {

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

const std::string v4_addresses{
  "\x01\x02\x03\x04\x0a\x00\x00\x01\x30\x39\x01\xbb", 12};
const std::string v6_addresses =
  std::string{"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16}
  + std::string(16, '\0') + std::string{"\x30\x39\x01\xbb", 4};

constexpr int stream_v4 = 0x11;
constexpr int stream_v6 = 0x21;

/// Two bytes, the high one first.
std::string length_of(std::size_t size) {
  return {static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
}

std::string v2(int command, int family, const std::string& rest) {
  return signature + static_cast<char>(0x20 | command)
         + static_cast<char>(family) + length_of(rest.size()) + rest;
}

/// Type, length, value.
std::string tlv(int type, const std::string& value) {
  return static_cast<char>(type) + length_of(value.size()) + value;
}

const std::string not_verified(4, '\0');

outcome what(std::string_view input) {
  return read_proxy_header(input).what;
}

/// "-" for the peer, "invalid" and "incomplete" for what has no source.
std::string source(std::string_view input) {
  const auto [what, header] = read_proxy_header(input);
  if (what != outcome::found)
    return what == outcome::invalid ? "invalid" : "incomplete";
  return header.source ? header.source->to_string() : "-";
}

bool is_tls(std::string_view input) {
  const auto [what, header] = read_proxy_header(input);
  return what == outcome::found && header.is_tls;
}

} // namespace

// -- version 1 ----------------------------------------------------------------

TEST_CASE("proxy_header: version 1 names where a connection comes from",
          "[proxy_header]") {
  CHECK(source("PROXY TCP4 1.2.3.4 10.0.0.1 12345 443\r\n") == "1.2.3.4");
  CHECK(source("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n")
        == "255.255.255.255");
  CHECK(source("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n") == "2001:db8::1");
}

TEST_CASE("proxy_header: version 1, what it does not know is the peer",
          "[proxy_header]") {
  CHECK(source("PROXY UNKNOWN\r\n") == "-");
  CHECK(source("PROXY UNKNOWN any thing  at all \r\n") == "-");
}

TEST_CASE("proxy_header: version 1 is no longer than its line",
          "[proxy_header]") {
  const std::string line = "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\n";
  const auto found = read_proxy_header(line + "\r\nGET /\r\n");
  CHECK(found.what == outcome::found);
  CHECK(found.header.size == line.size());
}

TEST_CASE("proxy_header: version 1 is strict", "[proxy_header]") {
  const std::string line = GENERATE(
    as<std::string>{}, "PROXY", "PROXY ", "PROXY TCP4",
    "PROXY TCP4 1.2.3.4 10.0.0.1 1", "PROXY TCP4 1.2.3.4 10.0.0.1 1 ",
    "PROXY TCP4 1.2.3.4 10.0.0.1 1 2 ", "PROXY TCP4 1.2.3.4 10.0.0.1 1 2 3",
    "PROXY TCP4  1.2.3.4 10.0.0.1 1 2", "PROXY  TCP4 1.2.3.4 10.0.0.1 1 2",
    "PROXY TCP4 1.2.3.4\t10.0.0.1 1 2", "PROXY tcp4 1.2.3.4 10.0.0.1 1 2",
    "PROXY TCP5 1.2.3.4 10.0.0.1 1 2", "PROXY UNKNOWNX 1.2.3.4 10.0.0.1 1 2",
    "PROXY TCP4 01.2.3.4 10.0.0.1 1 2", "PROXY TCP4 1.2.3 10.0.0.1 1 2",
    "PROXY TCP4 ::1 ::1 1 2", "PROXY TCP4 1.2.3.4 ::1 1 2",
    "PROXY TCP6 1.2.3.4 10.0.0.1 1 2", "PROXY TCP6 [::1] ::1 1 2",
    "PROXY TCP6 ::1 [::1] 1 2", "PROXY TCP6 fe80::1%eth0 ::1 1 2",
    "PROXY TCP4 1.2.3.4 10.0.0.1 65536 2",
    "PROXY TCP4 1.2.3.4 10.0.0.1 1 65536", "PROXY TCP4 1.2.3.4 10.0.0.1 01 2",
    "PROXY TCP4 1.2.3.4 10.0.0.1 00 2", "PROXY TCP4 1.2.3.4 10.0.0.1 +1 2",
    "PROXY TCP4 1.2.3.4 10.0.0.1 1 -2",
    "PROXY TCP4 1.2.3.4 10.0.0.1 1 999999999999999999999");
  CAPTURE(line);
  CHECK(what(line + "\r\n") == outcome::invalid);
}

TEST_CASE("proxy_header: version 1 ends in CR LF", "[proxy_header]") {
  CHECK(what("PROXY UNKNOWN\n") == outcome::invalid);
  CHECK(what("PROXY UNKNOWN\rX") == outcome::invalid);
  CHECK(what("PROXY UNKNOWN \r \r\n") == outcome::invalid);
  CHECK(what("PROXY UNKNOWN\n\r\n") == outcome::invalid);
}

TEST_CASE("proxy_header: version 1 has 107 bytes at most", "[proxy_header]") {
  const std::string start = "PROXY UNKNOWN ";
  const auto line = start + std::string(105 - start.size(), 'x');
  CHECK(what(line) == outcome::incomplete);
  CHECK(source(line + "\r\n") == "-");
  CHECK(what(line + "x") == outcome::incomplete);
  CHECK(what(line + "x\r") == outcome::invalid);
  CHECK(what(line + "x\r\n") == outcome::invalid);
  CHECK(what(line + "xx") == outcome::invalid);
}

// -- version 2 ----------------------------------------------------------------

TEST_CASE("proxy_header: version 2 names where a connection comes from",
          "[proxy_header]") {
  CHECK(source(v2(1, stream_v4, v4_addresses)) == "1.2.3.4");
  CHECK(source(v2(1, stream_v6, v6_addresses)) == "2001:db8::1");
}

TEST_CASE("proxy_header: version 2, an IPv4 address may come as an IPv6 one",
          "[proxy_header]") {
  auto addresses = v6_addresses;
  addresses.replace(0, 16, std::string(10, '\0') + "\xff\xff\x01\x02\x03\x04");
  CHECK(source(v2(1, stream_v6, addresses)) == "1.2.3.4");
}

TEST_CASE("proxy_header: version 2, a proxy that speaks for itself is the peer",
          "[proxy_header]") {
  CHECK(source(v2(0, 0, "")) == "-");
  // Whatever follows is skipped.
  CHECK(source(v2(0, 0, "anything")) == "-");
  CHECK(source(v2(0, stream_v4, v4_addresses)) == "-");
  CHECK(source(v2(0, 0xff, "")) == "-");
}

TEST_CASE("proxy_header: version 2, what is no TCP over IP is the peer",
          "[proxy_header]") {
  CHECK(source(v2(1, 0x00, "")) == "-");
  CHECK(source(v2(1, 0x00, "anything")) == "-");
  CHECK(source(v2(1, 0x31, std::string(216, '/'))) == "-");
  CHECK(source(v2(1, 0x32, std::string(216, '/'))) == "-");
  CHECK(source(v2(1, 0x12, v4_addresses)) == "-");
  CHECK(source(v2(1, 0x10, v4_addresses)) == "-");
}

TEST_CASE("proxy_header: version 2 refuses what is not assigned",
          "[proxy_header]") {
  CHECK(what(v2(2, stream_v4, v4_addresses)) == outcome::invalid);
  CHECK(what(v2(15, 0, "")) == outcome::invalid);
  CHECK(what(v2(1, 0x13, v4_addresses)) == outcome::invalid);
  CHECK(what(v2(1, 0x03, "")) == outcome::invalid);
  CHECK(what(v2(1, 0x41, std::string(216, '\0'))) == outcome::invalid);
  auto version_3 = v2(1, stream_v4, v4_addresses);
  version_3[12] = '\x31';
  CHECK(what(version_3) == outcome::invalid);
}

TEST_CASE("proxy_header: version 2, addresses must fit their family",
          "[proxy_header]") {
  CHECK(what(v2(1, stream_v4, v4_addresses.substr(1))) == outcome::invalid);
  CHECK(what(v2(1, stream_v6, v4_addresses)) == outcome::invalid);
  CHECK(what(v2(1, 0x31, std::string(215, '/'))) == outcome::invalid);
}

TEST_CASE("proxy_header: version 2 has a bound, known from its first 16 bytes",
          "[proxy_header]") {
  const auto most = proxy_header_bytes_max - 16;
  const std::string noop = tlv(4, std::string(most - 12 - 3, 'x'));
  const auto longest = v2(1, stream_v4, v4_addresses + noop);
  CHECK(longest.size() == proxy_header_bytes_max);
  CHECK(source(longest) == "1.2.3.4");
  const auto longer = v2(0, 0, std::string(most + 1, 'x'));
  CHECK(what(longer) == outcome::invalid);
  CHECK(what(longer.substr(0, 16)) == outcome::invalid);
  CHECK(what(longer.substr(0, 15)) == outcome::incomplete);
}

// -- what follows the addresses -----------------------------------------------

TEST_CASE("proxy_header: the client's TLS with the proxy is TLS",
          "[proxy_header]") {
  const auto with_ssl = [](int client) {
    const auto more = tlv(0x21, "TLSv1.3") + tlv(0x23, "cipher");
    return v2(1, stream_v4,
              v4_addresses
                + tlv(0x20, static_cast<char>(client) + not_verified + more));
  };
  CHECK(is_tls(with_ssl(1)));
  CHECK(is_tls(with_ssl(7)));
  // A certificate of the client's alone is no TLS.
  CHECK_FALSE(is_tls(with_ssl(2)));
  CHECK(source(with_ssl(2)) == "1.2.3.4");
  CHECK_FALSE(is_tls(v2(1, stream_v4, v4_addresses)));
  // Nor is what a proxy says of itself.
  CHECK_FALSE(
    is_tls(v2(0, stream_v4, v4_addresses + tlv(0x20, '\1' + not_verified))));
}

TEST_CASE("proxy_header: unknown types are skipped", "[proxy_header]") {
  CHECK(source(v2(1, stream_v4,
                  v4_addresses + tlv(1, "h2") + tlv(2, "host") + tlv(4, "")
                    + tlv(0xea, "vpc")))
        == "1.2.3.4");
}

TEST_CASE("proxy_header: a type, length or value that is cut is refused",
          "[proxy_header]") {
  const std::string extras =
    GENERATE(as<std::string>{}, "\x04", std::string("\x04\0", 2),
             std::string("\x04\0\x02x", 4), std::string("\x04\xff\xff", 3),
             // A TLS part without its fixed bytes, and with a cut one in it.
             tlv(0x20, "\x01"),
             tlv(0x20, '\1' + not_verified
                         + std::string("\x21\0\x09"
                                       "TLS",
                                       6)));
  CHECK(what(v2(1, stream_v4, v4_addresses + extras)) == outcome::invalid);
}

TEST_CASE("proxy_header: a checksum is checked", "[proxy_header]") {
  // Of the header with four zeros in its place, by another program.
  const std::string right = "\xc5\x64\xae\x70";
  const auto with = [](const std::string& crc) {
    return v2(1, stream_v4, v4_addresses + tlv(3, crc));
  };
  CHECK(source(with(right)) == "1.2.3.4");
  CHECK(what(with(not_verified)) == outcome::invalid);
  auto other_source = with(right);
  other_source[16] = '\x05';
  CHECK(what(other_source) == outcome::invalid);
  CHECK(what(with(right.substr(1))) == outcome::invalid);
  CHECK(what(with(right + "x")) == outcome::invalid);
  CHECK(what(v2(1, stream_v4, v4_addresses + tlv(3, right) + tlv(3, right)))
        == outcome::invalid);
}

// -- beginnings ---------------------------------------------------------------

TEST_CASE("proxy_header: anything else is none from its first byte on",
          "[proxy_header]") {
  CHECK(what("GET / HTTP/1.1\r\n") == outcome::invalid);
  CHECK(what("\x16\x03\x01") == outcome::invalid);
  CHECK(what("PUT") == outcome::invalid);
  CHECK(what("PROXYX") == outcome::invalid);
  CHECK(what("\r\n\r\nX") == outcome::invalid);
  CHECK(what(" PROXY UNKNOWN\r\n") == outcome::invalid);
}

TEST_CASE("proxy_header: every beginning of one is incomplete",
          "[proxy_header]") {
  const auto whole =
    GENERATE(as<std::string>{}, "PROXY TCP4 1.2.3.4 10.0.0.1 1 2\r\n",
             "PROXY UNKNOWN\r\n", v2(1, stream_v4, v4_addresses),
             v2(1, stream_v6, v6_addresses + tlv(0x20, '\1' + not_verified)));
  for (std::size_t i = 0; i < whole.size(); ++i)
    CHECK(what(std::string_view{whole}.substr(0, i)) == outcome::incomplete);
  const auto found = read_proxy_header(whole);
  CHECK(found.what == outcome::found);
  CHECK(read_proxy_header(whole + whole) == found);
}
