#include "conf/origin.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

bool allows(std::string_view pattern, std::string_view origin) {
  auto parsed = origin_pattern::parse(pattern);
  REQUIRE(parsed);
  return parsed->matches(origin);
}

} // namespace

TEST_CASE("origin: the same scheme, host and port match", "[origin]") {
  CHECK(allows("https://example.com", "https://example.com"));
  CHECK(allows("http://localhost:3000", "http://localhost:3000"));
  CHECK(allows("capacitor://localhost", "capacitor://localhost"));
}

TEST_CASE("origin: scheme and host compare without case", "[origin]") {
  CHECK(allows("HTTPS://Example.com", "https://eXample.COM"));
}

TEST_CASE("origin: a missing port is the scheme's own", "[origin]") {
  CHECK(allows("https://example.com", "https://example.com:443"));
  CHECK(allows("http://example.com:80", "http://example.com"));
}

TEST_CASE("origin: another port is another origin", "[origin]") {
  CHECK_FALSE(allows("https://example.com", "https://example.com:8443"));
  CHECK_FALSE(allows("http://localhost:3000", "http://localhost:3001"));
  CHECK_FALSE(allows("http://localhost:3000", "http://localhost"));
}

TEST_CASE("origin: another scheme is another origin", "[origin]") {
  CHECK_FALSE(allows("https://example.com", "http://example.com"));
  CHECK_FALSE(allows("https://example.com", "http://example.com:443"));
}

TEST_CASE("origin: a host that only looks alike does not match", "[origin]") {
  CHECK_FALSE(allows("https://example.com", "https://example.com.evil.org"));
  CHECK_FALSE(allows("https://example.com", "https://evilexample.com"));
  CHECK_FALSE(allows("https://example.com", "https://www.example.com"));
  CHECK_FALSE(allows("https://example.com", "https://example.com."));
}

TEST_CASE("origin: a star stands for one label or more", "[origin]") {
  CHECK(allows("https://*.example.com", "https://a.example.com"));
  CHECK(allows("https://*.example.com", "https://a.b.example.com"));
  CHECK(allows("https://*.example.com:8443", "https://a.example.com:8443"));
}

TEST_CASE("origin: a star does not stand for nothing or half a label",
          "[origin]") {
  CHECK_FALSE(allows("https://*.example.com", "https://example.com"));
  CHECK_FALSE(allows("https://*.example.com", "https://.example.com"));
  CHECK_FALSE(allows("https://*.example.com", "https://evilexample.com"));
  CHECK_FALSE(allows("https://*.example.com", "https://a..example.com"));
  CHECK_FALSE(allows("https://*.example.com", "http://a.example.com"));
  CHECK_FALSE(allows("https://*.example.com", "https://a.example.com:444"));
  CHECK_FALSE(allows("https://*.example.com", "https://*.example.com"));
}

TEST_CASE("origin: what is no origin never matches", "[origin]") {
  auto origin = GENERATE(as<std::string>{}, "null", "", "example.com",
                         "https://", "https://example.com/",
                         "https://example.com/path", "https://example.com?",
                         "https://user@example.com",
                         "https://example.com:", "https://example.com:0443",
                         "https://example.com:99999",
                         "https://example.com https://example.com",
                         " https://example.com", "://example.com");
  CAPTURE(origin);
  CHECK_FALSE(allows("https://example.com", origin));
}

TEST_CASE("origin: IPv6 hosts compare by value", "[origin]") {
  CHECK(allows("http://[::1]:3000", "http://[0:0::1]:3000"));
  CHECK(allows("http://[::1]", "http://[::1]:80"));
  CHECK_FALSE(allows("http://[::1]", "http://[::2]"));
}

TEST_CASE("origin: a bad pattern is refused", "[origin]") {
  auto pattern = GENERATE(
    as<std::string>{}, "example.com", "*", "null", "*.example.com", "https://",
    "https://*", "https://*.", "https://a.*.com", "https://*a.example.com",
    "https://*.*.com", "https://example.com/", "https://example.com/app",
    "https://user:pw@example.com", "https://example.com:0",
    "https://example.com:x", "https://example.com:65536", "//example.com",
    "1http://example.com", "https://exa mple.com", "https://[::1",
    "https://*.[::1]",
    "https://b\xc3\xbc"
    "cher.example");
  CAPTURE(pattern);
  CHECK_FALSE(origin_pattern::parse(pattern));
}

TEST_CASE("origin: a pattern keeps its text as written", "[origin]") {
  CHECK(origin_pattern::parse("HTTPS://*.Example.com")->text()
        == "HTTPS://*.Example.com");
}
