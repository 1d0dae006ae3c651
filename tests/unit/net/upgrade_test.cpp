#include "net/upgrade.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

ip_address address(const char* text) {
  return ip_address::parse(text).value();
}

/// A request that is let in, and the options it meets; each case changes what
/// it is about.
struct plain_upgrade {
  plain_upgrade() {
    request.target = "/?roomId=lobby";
    request.peer = address("192.0.2.7");
  }

  upgrade_decision decide() const { return decide_upgrade(request, settings); }

  void from_proxy(std::string_view x_forwarded_for) {
    settings.trusted_proxies = {*cidr::parse("10.0.0.0/8")};
    request.peer = address("10.0.0.1");
    request.x_forwarded_for = x_forwarded_for;
  }

  std::string client() const {
    return client_of(request, settings).to_string();
  }

  /// The refusal for an Origin header.
  ec refusal_with_origin(std::string_view origin) {
    request.has_origin = true;
    request.origin = origin;
    return decide().refusal;
  }

  /// The refusal for a roomId query.
  ec refusal_for(std::string_view target) {
    request.target = target;
    return decide().refusal;
  }

  request_view request;
  options settings;
};

} // namespace

TEST_CASE_METHOD(plain_upgrade, "upgrade: a plain request becomes a session",
                 "[upgrade]") {
  const auto decision = decide();
  CHECK(decision.refusal == ec::none);
  CHECK(decision.session_dialect == dialect::base);
  CHECK(decision.room_id == "lobby");
  CHECK(decision.subprotocol.empty());
  CHECK(decision.client == address("192.0.2.7"));
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: a room id is judged after decoding",
                 "[upgrade]") {
  request.target = "/ws?token=x&roomId=a%2Db&roomId=c";
  CHECK(decide().room_id == "a-b");
  request.target = "ws://example.com/?roomId=abc#roomId=d";
  CHECK(decide().room_id == "abc");
  request.target = "ws://example.com?roomId=abc";
  CHECK(decide().room_id == "abc");
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: a bad room id is refused",
                 "[upgrade]") {
  for (const auto* target :
       {"/", "/?", "/?room=a", "/?roomId", "/?roomId=", "/?roomId=../",
        "/?roomId=%252e", "/?roomId=a%2", "/?roomId=a+b", "/?roomId=&roomId=a",
        "/?roomId=a%00", "/?roomid=a"}) {
    CAPTURE(target);
    CHECK(refusal_for(target) == ec::invalid_room_id);
    CHECK(decide().room_id.empty());
  }
  settings.room_id_max_length = 3;
  CHECK(refusal_for("/?roomId=abc") == ec::none);
  CHECK(refusal_for("/?roomId=abcd") == ec::invalid_room_id);
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: without SUBPROTOCOL the first name means base",
                 "[upgrade]") {
  request.subprotocols = "chat, superchat";
  const auto decision = decide();
  CHECK(decision.refusal == ec::none);
  CHECK(decision.session_dialect == dialect::base);
  CHECK(decision.subprotocol == "chat");
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: the configured name is echoed whatever the order",
                 "[upgrade]") {
  settings.subprotocol = "chat";
  for (const auto* offered :
       {"chat", "chat, other", "other,chat", "signalbox.v1, other, chat",
        "bearer.x, chat, signalbox.v1", " ,, other\t,\tchat ,"}) {
    CAPTURE(offered);
    request.subprotocols = offered;
    const auto decision = decide();
    CHECK(decision.refusal == ec::none);
    CHECK(decision.session_dialect == dialect::base);
    CHECK(decision.subprotocol == "chat");
  }
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: without the configured name the session is refused",
                 "[upgrade]") {
  settings.subprotocol = "chat";
  request.subprotocols = "bearer.x, Chat, other";
  CHECK(decide().refusal == ec::subprotocol_required);
  CHECK(decide().subprotocol == "Chat");
  request.subprotocols = "";
  CHECK(decide().refusal == ec::subprotocol_required);
  CHECK(decide().subprotocol.empty());
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: signalbox.v1 is chosen before others, and not "
                 "spoken yet",
                 "[upgrade]") {
  request.subprotocols = "other, signalbox.v1";
  for (const auto* configured : {"", "chat", "signalbox.v1"}) {
    CAPTURE(configured);
    settings.subprotocol = configured;
    const auto decision = decide();
    CHECK(decision.refusal == ec::dialect_not_supported);
    CHECK(decision.session_dialect == dialect::v1);
    CHECK(decision.subprotocol == "signalbox.v1");
  }
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: a bearer token is never echoed",
                 "[upgrade]") {
  request.subprotocols = "bearer.abc, chat";
  CHECK(decide().subprotocol == "chat");
  request.subprotocols = "bearer.abc";
  CHECK(decide().subprotocol.empty());
  CHECK(decide().refusal == ec::none);
  settings.subprotocol = "bearer.abc";
  CHECK(decide().subprotocol.empty());
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: what is no token is passed over",
                 "[upgrade]") {
  request.subprotocols = "a b, (x), \"q\", x/y, a:b, \x80, good!#$%&'*+-.^_`|~";
  CHECK(decide().subprotocol == "good!#$%&'*+-.^_`|~");
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: without a list any origin is let in",
                 "[upgrade]") {
  CHECK(refusal_with_origin("https://anywhere.example") == ec::none);
  CHECK(refusal_with_origin("null") == ec::none);
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: only listed origins are let in",
                 "[upgrade]") {
  settings.allowed_origins = {*origin_pattern::parse("https://a.example"),
                              *origin_pattern::parse("https://*.b.example")};
  CHECK(refusal_with_origin("https://a.example") == ec::none);
  CHECK(refusal_with_origin("https://x.b.example") == ec::none);
  CHECK(refusal_with_origin("http://a.example") == ec::origin_not_allowed);
  CHECK(refusal_with_origin("https://a.example:8443")
        == ec::origin_not_allowed);
  CHECK(refusal_with_origin("null") == ec::origin_not_allowed);
  CHECK(refusal_with_origin("") == ec::origin_not_allowed);
  request.has_origin = false;
  CHECK(decide().refusal == ec::none);
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: where WSS is required ws is refused",
                 "[upgrade]") {
  settings.require_wss = true;
  CHECK(decide().refusal == ec::wss_required);
  request.is_tls = true;
  CHECK(decide().refusal == ec::none);
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: a trusted proxy's word on the transport counts",
                 "[upgrade]") {
  settings.require_wss = true;
  from_proxy("192.0.2.9");
  CHECK(decide().refusal == ec::wss_required);
  for (const auto* proto : {"https", "HTTPS", "wss", "\twss "}) {
    CAPTURE(proto);
    request.x_forwarded_proto = proto;
    CHECK(decide().refusal == ec::none);
  }
  for (const auto* proto : {"", "http", "ws", "httpsx", "https x"}) {
    CAPTURE(proto);
    request.x_forwarded_proto = proto;
    CHECK(decide().refusal == ec::wss_required);
  }
  request.x_forwarded_proto = "https";
  request.peer = address("192.0.2.7");
  CHECK(decide().refusal == ec::wss_required);
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: of several words on the transport the last counts",
                 "[upgrade]") {
  settings.require_wss = true;
  from_proxy("192.0.2.9");
  for (const auto* list :
       {"http, https", "http,https", ",https", "ftp, http , wss "}) {
    CAPTURE(list);
    request.x_forwarded_proto = list;
    CHECK(decide().refusal == ec::none);
  }
  for (const auto* list :
       {"https, http", "https,http", "https,", "https, , ", ","}) {
    CAPTURE(list);
    request.x_forwarded_proto = list;
    CHECK(decide().refusal == ec::wss_required);
  }
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: an untrusted peer's X-Forwarded-For counts for "
                 "nothing",
                 "[upgrade]") {
  request.x_forwarded_for = "198.51.100.1";
  CHECK(client() == "192.0.2.7");
  settings.trusted_proxies = {*cidr::parse("10.0.0.0/8")};
  CHECK(client() == "192.0.2.7");
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: the client is the right-most hop that is no proxy",
                 "[upgrade]") {
  from_proxy("198.51.100.1");
  CHECK(client() == "198.51.100.1");
  CHECK(decide().client == address("198.51.100.1"));
  from_proxy("203.0.113.66, 198.51.100.1, 10.0.0.3, 10.0.0.2");
  CHECK(client() == "198.51.100.1");
  from_proxy("203.0.113.66,198.51.100.1,10.0.0.2 ");
  CHECK(client() == "198.51.100.1");
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: an empty hop ends the walk",
                 "[upgrade]") {
  from_proxy("198.51.100.1,");
  CHECK(client() == "10.0.0.1");
  from_proxy("198.51.100.1,,10.0.0.2");
  CHECK(client() == "10.0.0.2");
  from_proxy(",198.51.100.1");
  CHECK(client() == "198.51.100.1");
  from_proxy(" , ");
  CHECK(client() == "10.0.0.1");
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: if all hops are proxies the client is the left-most",
                 "[upgrade]") {
  from_proxy("10.0.0.4, 10.0.0.3, 10.0.0.2");
  CHECK(client() == "10.0.0.4");
  from_proxy("");
  CHECK(client() == "10.0.0.1");
}

TEST_CASE_METHOD(plain_upgrade, "upgrade: hops may have ports", "[upgrade]") {
  from_proxy("198.51.100.1:443");
  CHECK(client() == "198.51.100.1");
  from_proxy("198.51.100.1:65535");
  CHECK(client() == "198.51.100.1");
  from_proxy("[2001:db8::1]:443, 10.0.0.2:80");
  CHECK(client() == "2001:db8::1");
  from_proxy("[2001:db8::1]");
  CHECK(client() == "2001:db8::1");
  from_proxy("2001:db8::1");
  CHECK(client() == "2001:db8::1");
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: a hop that is no address ends the walk",
                 "[upgrade]") {
  for (const auto* bad :
       {"unknown", "_hidden", "1.2.3", "1.2.3.4:", "1.2.3.4:x", "[::1",
        "[::1]:", "1.2.3.4:65536", "1.2.3.4:123456", "[::1]:99999", "a:80",
        ":80", "fe80::1%eth0"}) {
    CAPTURE(bad);
    const auto hops = std::string{"198.51.100.1, "} + bad + ", 10.0.0.2";
    from_proxy(hops);
    CHECK(client() == "10.0.0.2");
  }
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: transport, page, language and room are judged in "
                 "this order",
                 "[upgrade]") {
  settings.require_wss = true;
  settings.allowed_origins = {*origin_pattern::parse("https://a.example")};
  settings.subprotocol = "chat";
  request.target = "/?roomId=";
  request.subprotocols = "other";
  CHECK(refusal_with_origin("https://evil.example") == ec::wss_required);
  CHECK(decide().subprotocol == "other");
  request.is_tls = true;
  CHECK(decide().refusal == ec::origin_not_allowed);
  request.origin = "https://a.example";
  CHECK(decide().refusal == ec::subprotocol_required);
  request.subprotocols = "chat";
  CHECK(decide().refusal == ec::invalid_room_id);
  request.target = "/?roomId=a";
  CHECK(decide().refusal == ec::none);
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: a refused session keeps its dialect and its echo",
                 "[upgrade]") {
  settings.require_wss = true;
  request.subprotocols = "signalbox.v1";
  const auto decision = decide();
  CHECK(decision.refusal == ec::wss_required);
  CHECK(decision.session_dialect == dialect::v1);
  CHECK(decision.subprotocol == "signalbox.v1");
  CHECK(decision.room_id.empty());
}

// -- token --------------------------------------------------------------------

namespace {

struct upgrade_with_auth : plain_upgrade {
  upgrade_with_auth() { settings.enable_auth = true; }

  std::string token() const { return decide().token; }
};

} // namespace

TEST_CASE_METHOD(upgrade_with_auth, "upgrade: a token may come in three ways",
                 "[upgrade]") {
  CHECK(token().empty());
  request.subprotocols = "chat, bearer.c.c.c, bearer.d";
  CHECK(token() == "c.c.c");
  request.authorization = "Bearer b.b.b";
  CHECK(token() == "b.b.b");
  request.target = "/?roomId=lobby&token=a.a.a&token=e";
  CHECK(token() == "a.a.a");
}

TEST_CASE_METHOD(upgrade_with_auth,
                 "upgrade: an empty token in one way leaves the next",
                 "[upgrade]") {
  request.target = "/?token=&roomId=lobby";
  request.authorization = "Bearer  ";
  request.subprotocols = "bearer.c";
  CHECK(token() == "c");
}

TEST_CASE_METHOD(upgrade_with_auth,
                 "upgrade: the scheme may be in any case, and no other counts",
                 "[upgrade]") {
  request.authorization = "bEARER   b.b.b ";
  CHECK(token() == "b.b.b");
  for (auto other : {"Basic YTpi", "Bearer", "Bearerb.b.b", "b.b.b", ""}) {
    request.authorization = other;
    CHECK(token().empty());
  }
}

TEST_CASE_METHOD(upgrade_with_auth,
                 "upgrade: a token in the query is percent-decoded once",
                 "[upgrade]") {
  request.target = "/?roomId=lobby&token=a%2Eb%252E";
  CHECK(token() == "a.b%2E");
}

TEST_CASE_METHOD(upgrade_with_auth, "upgrade: a token is never echoed",
                 "[upgrade]") {
  request.subprotocols = "bearer.c.c.c";
  CHECK(decide().subprotocol.empty());
  request.subprotocols = "bearer.c.c.c, chat";
  CHECK(decide().subprotocol == "chat");
}

TEST_CASE_METHOD(upgrade_with_auth, "upgrade: a refused request has no token",
                 "[upgrade]") {
  request.target = "/?roomId=../&token=a";
  const auto decision = decide();
  CHECK(decision.refusal == ec::invalid_room_id);
  CHECK(decision.token.empty());
}

TEST_CASE_METHOD(plain_upgrade,
                 "upgrade: where nobody needs a token, none is kept",
                 "[upgrade]") {
  request.target = "/?roomId=lobby&token=a";
  CHECK(decide().token.empty());
}
