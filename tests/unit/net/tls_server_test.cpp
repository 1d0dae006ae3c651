#include "net/tls_server.hpp"

#include "tests/support/tls_session.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <future>
#include <optional>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// What is said of these files; empty if they are well.
std::string complaint(const tls_server_options& files) {
  try {
    tls_server server{files};
    return {};
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

/// A client of OpenSSL's own, to offer what ours does not.
struct odd_client : server_files {
  odd_client() : server(options()), context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context.get(), 0);
  }

  /// Shakes hands over two pipes of OpenSSL's. What the server says of it in
  /// the end; empty if it is done.
  std::string shake_hands() {
    channel.reset();
    session.reset(SSL_new(context.get()));
    auto* in = BIO_new(BIO_s_mem());
    to_server = BIO_new(BIO_s_mem());
    SSL_set_bio(session.get(), in, to_server);
    channel.emplace(server, [in](std::string_view x) {
      BIO_write(in, x.data(), static_cast<int>(x.size()));
    });
    for (int i = 0; i < 4; ++i) {
      SSL_connect(session.get());
      pass_on();
      const auto error = channel->shake_hands();
      if (error && error != boost::asio::error::would_block)
        return channel->reason_of(error);
    }
    return channel->are_hands_shaken() ? "" : "not done";
  }

  /// What the client has written, to the server.
  void pass_on() {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(to_server, &data);
    on_its_way.assign(data, static_cast<std::size_t>(size));
    (void)BIO_reset(to_server);
    channel->receive(on_its_way);
  }

  void offer(std::string_view protocols) {
    SSL_CTX_set_alpn_protos(
      context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
      static_cast<unsigned int>(protocols.size()));
  }

  std::string chosen() const {
    const unsigned char* data = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(session.get(), &data, &size);
    return {reinterpret_cast<const char*>(data), size};
  }

  tls_server server;
  context_ptr context;
  ssl_ptr session;
  /// The session's.
  BIO* to_server = nullptr;
  std::string on_its_way;
  std::optional<tls_channel> channel;
};

/// As a log writes it.
std::string subject_of(const X509& certificate) {
  char name[80] = "CN=";
  X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName,
                            name + 3, sizeof name - 3);
  return name;
}

} // namespace

// -- files --------------------------------------------------------------------

TEST_CASE_METHOD(server_files, "tls_server: files that are well",
                 "[tls_server]") {
  CHECK(complaint(options()) == "");
}

TEST_CASE_METHOD(server_files, "tls_server: a file that is not there is named",
                 "[tls_server]") {
  auto files = options();
  SECTION("the certificate") {
    files.cert_file = directory.file("no.pem");
    CHECK(complaint(files)
          == "cannot load the TLS certificate " + files.cert_file
               + ": No such file or directory");
  }
  SECTION("the key") {
    files.key_file = directory.file("no.key");
    CHECK(complaint(files)
          == "cannot load the TLS key " + files.key_file
               + ": No such file or directory");
  }
}

TEST_CASE_METHOD(server_files, "tls_server: a key of something else is refused",
                 "[tls_server]") {
  const auto files = options();
  SECTION("of the same kind") {
    identity{""}.save_key(files.key_file);
  }
  SECTION("of another kind") {
    auto* file = std::fopen(files.key_file.c_str(), "w");
    const key_ptr rsa{EVP_RSA_gen(2048)};
    PEM_write_PrivateKey(file, rsa.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
    std::fclose(file);
  }
  CHECK(complaint(files)
        == "cannot load the TLS key " + files.key_file
             + ": key values mismatch");
}

TEST_CASE_METHOD(server_files,
                 "tls_server: a key with a password asks nobody for it",
                 "[tls_server]") {
  const auto files = options();
  identity{""}.save_key(files.key_file, "a-password");
  CHECK(complaint(files)
        == "cannot load the TLS key " + files.key_file
             + ": expected a key without a password");
}

// -- reload -------------------------------------------------------------------

TEST_CASE_METHOD(server_files, "tls_server: a reload is for what begins later",
                 "[tls_server]") {
  tls_server server{options()};
  const auto before = server.context();
  const auto subject = server.facts().subject;
  replace();
  server.reload();
  CHECK(server.context() != before);
  CHECK(server.facts().subject != subject);
  CHECK(SSL_CTX_get0_certificate(before->native_handle()) != nullptr);
}

TEST_CASE_METHOD(server_files,
                 "tls_server: a reload that fails leaves all as it was",
                 "[tls_server]") {
  tls_server server{options()};
  const auto before = server.context();
  const auto facts = server.facts();
  identity{""}.save_key(options().key_file);
  CHECK_THROWS_WITH(server.reload(), "cannot load the TLS key "
                                       + options().key_file
                                       + ": key values mismatch");
  CHECK(server.context() == before);
  CHECK(server.facts().subject == facts.subject);
  CHECK(server.facts().valid_until == facts.valid_until);
}

TEST_CASE_METHOD(server_files, "tls_server: what a log may say of it",
                 "[tls_server]") {
  const auto facts = tls_server{options()}.facts();
  CHECK_THAT(facts.subject, Catch::Matchers::StartsWith("CN=signalbox test "));
  CHECK_THAT(facts.valid_until,
             Catch::Matchers::Matches(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"));
}

TEST_CASE_METHOD(server_files, "tls_server: it knows whether it has expired",
                 "[tls_server]") {
  tls_server server{options()};
  CHECK_FALSE(server.facts().has_expired);
  replace(-60);
  server.reload();
  CHECK(server.facts().has_expired);
}

TEST_CASE_METHOD(odd_client,
                 "tls_server: a reload meanwhile disturbs no handshake",
                 "[tls_server]") {
  constexpr int reloads = 200;
  constexpr int handshakes = 100;
  auto reloading = std::async(std::launch::async, [this] {
    for (int i = 0; i < reloads; ++i) {
      replace();
      server.reload();
    }
  });
  int shaken = 0;
  for (int i = 0; i < handshakes; ++i)
    shaken += shake_hands().empty();
  CHECK_NOTHROW(reloading.get());
  CHECK(shaken == handshakes);
  // Who comes behind them is shown the last.
  CHECK(shake_hands() == "");
  const x509_ptr seen{SSL_get1_peer_certificate(session.get())};
  CHECK(subject_of(*seen) == server.facts().subject);
}

// -- handshakes ---------------------------------------------------------------

TEST_CASE_METHOD(odd_client, "tls_server: versions 1.2 and 1.3 are spoken",
                 "[tls_server]") {
  const auto version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), version);
  CHECK(shake_hands() == "");
  CHECK(SSL_version(session.get()) == version);
}

TEST_CASE_METHOD(odd_client, "tls_server: version 1.1 is refused",
                 "[tls_server]") {
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  CHECK(shake_hands() == "unsupported protocol");
}

TEST_CASE_METHOD(odd_client, "tls_server: weak ciphers are refused",
                 "[tls_server]") {
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  // Authenticated by a MAC of its own, after the encryption.
  SSL_CTX_set_cipher_list(context.get(), "ECDHE-ECDSA-AES128-SHA256");
  CHECK(shake_hands() == "no shared cipher");
}

TEST_CASE_METHOD(odd_client, "tls_server: renegotiation is refused",
                 "[tls_server]") {
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  REQUIRE(shake_hands() == "");
  REQUIRE(SSL_renegotiate(session.get()) == 1);
  SSL_do_handshake(session.get());
  pass_on();
  std::string buffer(100, '\0');
  boost::system::error_code error;
  CHECK(channel->read(buffer, error) == 0);
  CHECK(error == boost::asio::error::would_block);
  ERR_clear_error();
  CHECK(SSL_do_handshake(session.get()) == -1);
  CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_RENEGOTIATION);
}

TEST_CASE_METHOD(odd_client, "tls_server: of the protocols HTTP/1.1 is chosen",
                 "[tls_server]") {
  SECTION("among others") {
    offer("\x02h2\x08http/1.1");
    CHECK(shake_hands() == "");
    CHECK(chosen() == "http/1.1");
  }
  SECTION("if there are any") {
    CHECK(shake_hands() == "");
    CHECK(chosen() == "");
  }
  SECTION("and nothing else") {
    offer("\x02h2");
    CHECK(shake_hands() == "no application protocol");
  }
}
