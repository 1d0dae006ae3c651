#include "tests/support/tls_peer.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

// -- opening ------------------------------------------------------------------

TEST_CASE_METHOD(tls_fixture, "wire, TLS: opens when hands are shaken",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  connect(server.target("127.0.0.1", true));
  until([&] { return server.accept(); });
  turns();
  CHECK(user.calls == 0);
  until([&] { return server.shake_hands() && user.opened > 0; });
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: the server is told the name",
                 "[wire_tls]") {
  tls_test_server server{identity{"DNS:localhost", &signer}};
  open(server, "localhost");
  CHECK(SSL_get_servername(server.session(), TLSEXT_NAMETYPE_host_name)
        == std::string{"localhost"});
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: the server is not told an address",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  CHECK(SSL_get_servername(server.session(), TLSEXT_NAMETYPE_host_name)
        == nullptr);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: version 1.2 will do", "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  server.speak_at_most(TLS1_2_VERSION);
  open(server);
  CHECK(SSL_version(server.session()) == TLS1_2_VERSION);
}

// -- not opening --------------------------------------------------------------

TEST_CASE_METHOD(tls_fixture, "wire, TLS: version 1.1 is refused",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  server.speak_at_most(TLS1_1_VERSION);
  CHECK_THAT(loss(server), EndsWith("protocol version"));
  CHECK(user.opened == 0);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a certificate that nobody signed",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names}};
  CHECK(loss(server)
        == prefix(server)
             + "certificate verify failed: self-signed certificate");
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a certificate of another authority",
                 "[wire_tls]") {
  const identity stranger{""};
  tls_test_server server{identity{all_names, &stranger}};
  CHECK(loss(server)
        == prefix(server)
             + "certificate verify failed: unable to get local issuer "
               "certificate");
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a certificate for another address",
                 "[wire_tls]") {
  tls_test_server server{identity{"IP:127.0.0.2,DNS:127.0.0.1", &signer}};
  CHECK(loss(server)
        == prefix(server) + "certificate verify failed: IP address mismatch");
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a certificate for another name",
                 "[wire_tls]") {
  tls_test_server server{identity{"DNS:redis.example,IP:127.0.0.1", &signer}};
  CHECK(loss(server, "localhost")
        == prefix(server, "localhost")
             + "certificate verify failed: hostname mismatch");
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a certificate that has expired",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer, -60}};
  CHECK(loss(server)
        == prefix(server)
             + "certificate verify failed: certificate has expired");
}

TEST_CASE_METHOD(tls_fixture,
                 "wire, TLS: a server that asks for a certificate in vain",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  server.demand(signer);
  SECTION("TLS 1.3 tells after the handshake") {
    CHECK_THAT(loss(server), EndsWith("certificate required"));
    CHECK(user.opened == 1);
  }
  SECTION("TLS 1.2 tells within") {
    server.speak_at_most(TLS1_2_VERSION);
    CHECK_THAT(loss(server), EndsWith("handshake failure"));
    CHECK(user.opened == 0);
  }
}

TEST_CASE("wire, TLS: a server that asks for a certificate gets it",
          "[wire_tls]") {
  temporary_directory directory;
  const identity authority{""};
  const identity client{"DNS:node.example", &authority};
  client.save_certificate(directory.file("node.pem"));
  client.save_key(directory.file("node.key"));
  tls_fixture x{{"", directory.file("node.pem"), directory.file("node.key")}};
  tls_test_server server{identity{all_names, &x.signer}};
  server.demand(authority);
  x.open(server);
  server.send_plain("welcome");
  x.until([&] { return x.user.received == "welcome"; });
  CHECK_FALSE(x.user.lost);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a server that does not speak it",
                 "[wire_tls]") {
  test_server server;
  connect(server.target("127.0.0.1", true));
  until([&] { return server.accept(); });
  SECTION("but answers") {
    server.send("-ERR unknown command\r\n");
    until([&] { return user.lost.has_value(); });
    CHECK(user.lost == prefix(server) + "wrong version number");
  }
  SECTION("but closes") {
    until([&] { return server.receive() && !server.received.empty(); });
    server.peer.close();
    until([&] { return user.lost.has_value(); });
    CHECK(user.lost == prefix(server) + "closed by the server");
  }
  SECTION("and says nothing") {
    until([&] { return server.receive() && !server.received.empty(); });
    pass(60s);
    CHECK(user.lost == prefix(server) + "Connection timed out");
  }
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: a name for which nothing can stand",
                 "[wire_tls]") {
  test_server server;
  wires.emplace(on(), at(), this, [](const std::string&) {
    return name_answer{{socket_address::of(*ip_address::parse("127.0.0.1"), 0)},
                       ""};
  });
  // To OpenSSL: no check at all, or any name below.
  const std::string host = GENERATE("", ".", ".example");
  connect(server.target(host, true));
  until([&] { return user.lost.has_value(); });
  CHECK(user.lost == prefix(server, host) + "Invalid argument");
}
