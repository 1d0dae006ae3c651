#include "conf/address.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

ip_address address(std::string_view text) {
  auto result = ip_address::parse(text);
  REQUIRE(result);
  return *result;
}

cidr range(std::string_view text) {
  auto result = cidr::parse(text);
  REQUIRE(result);
  return *result;
}

} // namespace

TEST_CASE("address: both spellings of an IPv4 address are equal", "[address]") {
  CHECK(address("10.1.2.3") == address("::ffff:10.1.2.3"));
  CHECK(address("10.1.2.3") == address("::ffff:a01:203"));
  CHECK(std::hash<ip_address>{}(address("10.1.2.3"))
        == std::hash<ip_address>{}(address("::ffff:a01:203")));
}

TEST_CASE("address: octets in network order make an IPv4 address",
          "[address]") {
  CHECK(ip_address::from_v4({192, 0, 2, 1}) == address("192.0.2.1"));
}

TEST_CASE("address: what other readers take in two ways is refused",
          "[address]") {
  auto text = GENERATE(as<std::string>{}, "", "1.2.3", "1.2.3.4.5", "01.2.3.4",
                       "1.2.3.04", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ",
                       "1.2.3.4:80", "0x1.2.3.4", "1..2.3", "+1.2.3.4",
                       "16909060", "[1.2.3.4]", ":", ":::", "1:2:3:4:5:6:7",
                       "1::2::3", "fe80::1%eth0", "::g", "::ffff:01.2.3.4",
                       "::1.2.3", "[::1", "::1]", "[]", "::1 ",
                       "12345::", "localhost");
  CAPTURE(text);
  CHECK_FALSE(ip_address::parse(text));
}

TEST_CASE("address: a NUL does not hide what follows", "[address]") {
  CHECK_FALSE(ip_address::parse(std::string_view{"::1\0x", 5}));
  CHECK_FALSE(ip_address::parse(std::string_view{"1.2.3.4\0", 8}));
}

TEST_CASE("address: text follows RFC 5952", "[address]") {
  CHECK(address("2001:0DB8:0:0:1:0:0:1").to_string() == "2001:db8::1:0:0:1");
  CHECK(address("2001:db8:0:1:1:1:1:1").to_string() == "2001:db8:0:1:1:1:1:1");
  CHECK(address("0:0:0:0:0:0:0:0").to_string() == "::");
  CHECK(address("[::1]").to_string() == "::1");
  CHECK(address("1::").to_string() == "1::");
  CHECK(address("::102:304").to_string() == "::102:304");
  CHECK(address("::ffff:1.2.3.4").to_string() == "1.2.3.4");
}

TEST_CASE("address: loopback is 127/8 and ::1 only", "[address]") {
  CHECK(address("127.0.0.1").is_loopback());
  CHECK(address("127.255.0.9").is_loopback());
  CHECK(address("::ffff:127.0.0.1").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK_FALSE(address("126.0.0.1").is_loopback());
  CHECK_FALSE(address("::2").is_loopback());
  CHECK_FALSE(ip_address{}.is_loopback());
}

TEST_CASE("address: limits count IPv4 by address and IPv6 by /64",
          "[address]") {
  CHECK(address("10.0.0.1").limit_key() != address("10.0.0.2").limit_key());
  CHECK(address("2001:db8::1").limit_key()
        == address("2001:db8::ffff:1").limit_key());
  CHECK(address("2001:db8:0:1::1").limit_key()
        != address("2001:db8:0:2::1").limit_key());
  CHECK(address("2001:db8:1:2:3:4:5:6").limit_key().to_string()
        == "2001:db8:1:2::");
}

TEST_CASE("cidr: a range holds its addresses and no others", "[address]") {
  CHECK(range("10.0.0.0/8").contains(address("10.255.0.1")));
  CHECK(range("10.0.0.0/8").contains(address("::ffff:10.0.0.1")));
  CHECK_FALSE(range("10.0.0.0/8").contains(address("11.0.0.0")));
  CHECK(range("192.168.1.128/25").contains(address("192.168.1.200")));
  CHECK_FALSE(range("192.168.1.128/25").contains(address("192.168.1.127")));
  CHECK(range("fd00::/8").contains(address("fdff::1")));
  CHECK_FALSE(range("fd00::/8").contains(address("fe00::1")));
  CHECK(range("0.0.0.0/0").contains(address("1.2.3.4")));
  CHECK_FALSE(range("0.0.0.0/0").contains(address("2001:db8::1")));
}

TEST_CASE("cidr: a range of all IPv6 addresses holds no IPv4 address",
          "[address]") {
  CHECK(range("::/0").contains(address("2001:db8::1")));
  CHECK_FALSE(range("::/0").contains(address("10.0.0.1")));
}

TEST_CASE("cidr: a bare address is a range of one", "[address]") {
  CHECK(range("10.0.0.1").contains(address("10.0.0.1")));
  CHECK_FALSE(range("10.0.0.1").contains(address("10.0.0.2")));
  CHECK(range("10.0.0.1").to_string() == "10.0.0.1/32");
  CHECK(range("::1").to_string() == "::1/128");
}

TEST_CASE("cidr: bits behind the length are cleared", "[address]") {
  CHECK(range("10.1.2.3/8") == range("10.0.0.0/8"));
  CHECK(range("10.1.2.3/8").to_string() == "10.0.0.0/8");
  CHECK(range("10.0.0.0/8").prefix_bits == 104);
}

TEST_CASE("cidr: a bad length or address is refused", "[address]") {
  auto text = GENERATE(as<std::string>{}, "", "/", "10.0.0.0/", "10.0.0.0/33",
                       "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8",
                       "::/129", "::/ 1", "[::1]/128", "::/",
                       "10.0.0.0/255.0.0.0");
  CAPTURE(text);
  CHECK_FALSE(cidr::parse(text));
}
