#include "net/admin/access.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

ip_address address(const char* text) {
  return ip_address::parse(text).value();
}

/// An operator's own request; each case changes what it is about.
struct visitor {
  visitor() {
    visit.host = "localhost:3002";
    visit.peer = address("127.0.0.1");
  }

  /// The status of the refusal; 0 if there is none.
  unsigned refusal(admin_door door = admin_door::inside) const {
    const auto answer = admin_refusal(visit, door, settings);
    return answer ? answer->status : 0;
  }

  std::string headers() const {
    const auto answer = admin_refusal(visit, admin_door::inside, settings);
    return std::string{answer ? answer->headers : ""};
  }

  admin_visit visit;
  options settings;
};

struct visitor_with_token : visitor {
  visitor_with_token() {
    settings.admin_token = "0123456789abcdef";
    visit.peer = address("203.0.113.9");
    visit.host = "ops.example";
  }
};

} // namespace

// -- without a token ----------------------------------------------------------

TEST_CASE_METHOD(visitor, "access: the node's own machine is admitted",
                 "[access]") {
  for (const auto* peer :
       {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(peer);
    visit.peer = address(peer);
    CHECK(refusal() == 0);
    CHECK(refusal(admin_door::outside) == 0);
  }
}

TEST_CASE_METHOD(visitor, "access: other machines are refused", "[access]") {
  for (const auto* peer : {"192.0.2.1", "10.0.0.1", "::2", "fe80::1",
                           "128.0.0.1", "0.0.0.0", "::"}) {
    CAPTURE(peer);
    visit.peer = address(peer);
    CHECK(refusal() == 403);
    CHECK(refusal(admin_door::outside) == 403);
  }
}

TEST_CASE_METHOD(visitor, "access: what came through a proxy is refused",
                 "[access]") {
  SECTION("by a header") {
    visit.has_proxy_header = true;
  }
  SECTION("by the PROXY protocol") {
    visit.is_behind_proxy = true;
  }
  CHECK(refusal() == 403);
  CHECK(refusal(admin_door::outside) == 403);
}

TEST_CASE("access: these are headers of proxies", "[access]") {
  for (const auto* name :
       {"Forwarded", "forwarded", "X-Forwarded-For", "x-forwarded-host",
        "X-FORWARDED-PROTO", "X-Forwarded-Anything", "Via", "X-Real-IP",
        "x-real-ip"}) {
    CAPTURE(name);
    CHECK(is_proxy_header(name));
  }
  for (const auto* name :
       {"Host", "X-Forward", "Viaduct", "X-Real", "Origin", "Authorization"}) {
    CAPTURE(name);
    CHECK_FALSE(is_proxy_header(name));
  }
}

TEST_CASE("access: these hosts are this machine", "[access]") {
  for (const auto* host :
       {"localhost", "LocalHost", "localhost:3002", "127.0.0.1", "127.0.0.1:80",
        "127.1.2.3:65535", "[::1]", "[::1]:3002", "[::ffff:127.0.0.1]:1"}) {
    CAPTURE(host);
    CHECK(is_loopback_host(host));
  }
}

TEST_CASE("access: these hosts may be anybody's", "[access]") {
  for (const auto* host : {"",
                           "evil.example",
                           "evil.example:3002",
                           "localhost.evil.example",
                           "evil.localhost",
                           "localhost.",
                           "localhost:",
                           "localhost:x",
                           "localhost:123456",
                           "127.0.0.1.evil.example",
                           "127.1",
                           "0x7f000001",
                           "2130706433",
                           "127.0.0.1:80:80",
                           "::1",
                           "::1:3002",
                           "[::1",
                           "[::1]x",
                           "[::2]",
                           "192.0.2.1",
                           "128.0.0.1",
                           "user@localhost",
                           "localhost/",
                           "0.0.0.0",
                           "[::]"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback_host(host));
  }
}

TEST_CASE_METHOD(visitor, "access: another Host is refused", "[access]") {
  visit.host = GENERATE("", "evil.example", "192.0.2.1:3002");
  CHECK(refusal() == 403);
  CHECK(refusal(admin_door::outside) == 403);
}

TEST_CASE_METHOD(visitor, "access: a target on another host is refused",
                 "[access]") {
  visit.target_host = "localhost:3002";
  CHECK(refusal() == 0);
  visit.target_host = "evil.example";
  CHECK(refusal() == 403);
}

TEST_CASE_METHOD(visitor, "access: its own page is admitted", "[access]") {
  visit.origin = GENERATE("http://localhost:3002", "https://localhost:3002",
                          "HTTP://LOCALHOST:3002");
  CHECK(refusal() == 0);
}

TEST_CASE_METHOD(visitor, "access: another page is refused", "[access]") {
  visit.origin = GENERATE("", "null", "http://localhost", "localhost:3002",
                          "http://localhost:3003", "http://127.0.0.1:3002",
                          "https://evil.example", "ftp://localhost:3002",
                          "http://localhost:3002, http://evil.example",
                          "http://localhost:3002.evil.example");
  CHECK(refusal() == 403);
}

TEST_CASE_METHOD(visitor, "access: another site's requests are refused",
                 "[access]") {
  for (const auto* site : {"same-origin", "none"}) {
    visit.fetch_site = site;
    CHECK(refusal() == 0);
  }
  for (const auto* site :
       {"cross-site", "same-site", "", "Same-Origin", "none, cross-site"}) {
    CAPTURE(site);
    visit.fetch_site = site;
    CHECK(refusal() == 403);
    CHECK(refusal(admin_door::outside) == 403);
  }
}

TEST_CASE_METHOD(visitor, "access: in production nobody is admitted",
                 "[access]") {
  settings.node_env = environment::production;
  CHECK(refusal() == 403);
  CHECK(refusal(admin_door::outside) == 403);
  settings.node_env = environment::test;
  CHECK(refusal() == 0);
}

TEST_CASE_METHOD(visitor, "access: a token that nobody set opens nothing",
                 "[access]") {
  settings.node_env = environment::production;
  visit.authorization = "Bearer ";
  CHECK(refusal() == 403);
}

// -- with a token -------------------------------------------------------------

TEST_CASE_METHOD(visitor_with_token, "access: the token admits from anywhere",
                 "[access]") {
  settings.node_env = GENERATE(environment::production,
                               environment::development);
  visit.has_proxy_header = true;
  visit.is_behind_proxy = true;
  visit.origin = "https://ops.example";
  visit.fetch_site = "cross-site";
  visit.authorization = GENERATE("Bearer 0123456789abcdef",
                                 "bearer 0123456789abcdef",
                                 "BEARER   0123456789abcdef ");
  CHECK(refusal() == 0);
}

TEST_CASE_METHOD(visitor_with_token, "access: without it there is a challenge",
                 "[access]") {
  visit.peer = address("127.0.0.1");
  visit.host = "localhost";
  visit.authorization = GENERATE("", "Bearer", "Bearer ",
                                 "Basic 0123456789abcdef", "0123456789abcdef",
                                 "Bearer0123456789abcdef");
  CHECK(refusal() == 401);
  CHECK(headers() == "WWW-Authenticate: Bearer\r\n");
}

TEST_CASE_METHOD(visitor_with_token, "access: another token is told so",
                 "[access]") {
  visit.authorization =
    GENERATE("Bearer 0123456789abcdeF", "Bearer 0123456789abcde",
             "Bearer 0123456789abcdef0", "Bearer x",
             "Bearer 0123456789abcdef, Bearer 0123456789abcdef",
             "Bearer 0123456789abcdef x");
  CHECK(refusal() == 401);
  CHECK(headers() == "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
}

TEST_CASE_METHOD(visitor_with_token, "access: the page needs no token",
                 "[access]") {
  CHECK(refusal(admin_door::outside) == 0);
  settings.node_env = environment::production;
  CHECK(refusal(admin_door::outside) == 0);
}

TEST_CASE_METHOD(visitor_with_token, "access: refusals do not hold the token",
                 "[access]") {
  visit.authorization = "Bearer guess-of-a-stranger";
  const auto answer = admin_refusal(visit, admin_door::inside, settings);
  CHECK(answer->body == "{\"error\":\"this is not ADMIN_TOKEN\"}");
  CHECK(answer->content_type == "application/json");
}

TEST_CASE("access: secrets are the same or not", "[access]") {
  CHECK(is_same_secret("a", "a"));
  CHECK_FALSE(is_same_secret("a", "b"));
  CHECK_FALSE(is_same_secret("a", ""));
  CHECK_FALSE(is_same_secret("a", "aa"));
  CHECK_FALSE(is_same_secret(std::string(100, 'a'), std::string(99, 'a')));
}
