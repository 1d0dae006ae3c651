#include "tests/support/tls_peer.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

// -- bytes --------------------------------------------------------------------

TEST_CASE_METHOD(tls_fixture, "wire, TLS: bytes go both ways", "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  in_turn([&] {
    user.line->write("hello ");
    user.line->write("server");
    CHECK(user.line->unsent_bytes() == 12);
  });
  CHECK(user.line->unsent_bytes() == 0);
  until([&] { return server.receive_plain() && !server.received.empty(); });
  CHECK(server.received == "hello server");
  server.send_plain("hello client");
  until([&] { return user.received == "hello client"; });
  CHECK(user.pieces == 1);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: what is said as it opens arrives",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  user.on_opened = [&] { user.line->write("AUTH"); };
  open(server);
  until([&] { return server.receive_plain() && !server.received.empty(); });
  CHECK(server.received == "AUTH");
}

TEST_CASE_METHOD(tls_fixture,
                 "wire, TLS: a slow server gets a large output, in order",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  const auto text = much_text();
  in_turn([&] { user.line->write(text); });
  CHECK(user.line->unsent_bytes() > 0);
  until([&] {
    return server.receive_plain() && server.received.size() == text.size();
  });
  CHECK((server.received == text));
  CHECK(user.line->unsent_bytes() == 0);
}

TEST_CASE_METHOD(tls_fixture,
                 "wire, TLS: a large input is received whole, in order",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  const auto text = much_text();
  std::size_t sent = 0;
  until([&] {
    sent += server.send_plain(std::string_view{text}.substr(sent));
    return user.received.size() == text.size();
  });
  CHECK((user.received == text));
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: new keys do not stop anything",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  REQUIRE(SSL_key_update(server.session(), SSL_KEY_UPDATE_REQUESTED) == 1);
  server.send_plain("after the update");
  until([&] { return user.received == "after the update"; });
  user.line->write("so say I");
  until([&] { return server.receive_plain() && !server.received.empty(); });
  CHECK(server.received == "so say I");
}

// -- the end ------------------------------------------------------------------

TEST_CASE_METHOD(tls_fixture, "wire, TLS: the server's end is told",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  server.send_plain("last");
  SECTION("when it takes its leave") {
    SSL_shutdown(server.session());
  }
  SECTION("when it does not") {
    server.peer.close();
  }
  until([&] { return user.lost.has_value(); });
  CHECK(user.received == "last");
  CHECK(user.lost == server.name() + ": closed by the server");
  CHECK(user.calls == 3);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: garbage ends it", "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  server.send(std::string(64, 'x'));
  until([&] { return user.lost.has_value(); });
  CHECK(user.lost == prefix(server) + "wrong version number");
}

TEST_CASE_METHOD(tls_fixture,
                 "wire, TLS: what was written before its end is sent, and that "
                 "it ends",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  open(server);
  const std::string text(100'000, 'x');
  in_turn([&] {
    user.line->write(text);
    user.line.reset();
  });
  until([&] { return !server.receive_plain(); });
  CHECK((server.received == text));
  CHECK(user.calls == 1);
}

TEST_CASE_METHOD(tls_fixture, "wire, TLS: its user may destroy it in any call",
                 "[wire_tls]") {
  tls_test_server server{identity{all_names, &signer}};
  SECTION("when it opens") {
    user.on_opened = [&] { user.line.reset(); };
    open(server);
    CHECK(user.calls == 1);
  }
  SECTION("when bytes come") {
    user.on_received = [&] { user.line.reset(); };
    open(server);
    for (int i = 0; i < 20; ++i)
      server.send_plain(std::string(16 * 1024, 'x'));
    until([&] { return user.pieces > 0; });
    CHECK(user.calls == 2);
  }
  SECTION("when it is lost") {
    user.on_lost = [&] { user.line.reset(); };
    open(server);
    SSL_shutdown(server.session());
    until([&] { return user.lost.has_value(); });
    CHECK(user.calls == 2);
  }
  SECTION("while hands are being shaken") {
    connect(server.target("127.0.0.1", true));
    until([&] { return server.accept(); });
    user.line.reset();
    until([&] { return !server.receive(); });
    CHECK(user.calls == 0);
  }
  turns();
  CHECK_FALSE(user.line);
}
