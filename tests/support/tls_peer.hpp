// The other end of a TLS wire: certificates made for the test, and a server
// that goes on when the test says so, on the test's own thread.

#pragma once

#include "net/openssl_support.hpp"
#include "tests/support/wire_fixture.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace signalbox::test {

using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;

/// A certificate and its key.
struct identity {
  /// `names` as subjectAltName takes them, for instance `DNS:a.example`; empty
  /// makes an authority. Signed by `signer`, or by itself.
  explicit identity(const std::string& names, const identity* signer = nullptr,
                    long seconds_valid = 3600)
    : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    auto* x = certificate.get();
    X509_set_version(x, X509_VERSION_3);
    static int serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds_valid);
    X509_set_pubkey(x, key.get());
    const auto name = "signalbox test " + std::to_string(serial);
    X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.data()),
      static_cast<int>(name.size()), -1, 0);
    const auto& by = signer ? *signer : *this;
    X509_set_issuer_name(x, X509_get_subject_name(by.certificate.get()));
    if (names.empty())
      extend(NID_basic_constraints, "critical,CA:TRUE");
    else
      extend(NID_subject_alt_name, names);
    if (X509_sign(x, by.key.get(), EVP_sha256()) == 0)
      throw std::runtime_error("cannot sign a certificate");
  }

  void extend(int kind, const std::string& value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind,
                                          value.c_str());
    if (!extension)
      throw std::runtime_error("no such extension: " + value);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  void save_certificate(const std::string& path) const {
    auto* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
  }

  /// Encrypted if there is a password.
  void save_key(const std::string& path, std::string password = {}) const {
    auto* file = std::fopen(path.c_str(), "w");
    PEM_write_PrivateKey(file, key.get(),
                         password.empty() ? nullptr : EVP_aes_128_cbc(),
                         reinterpret_cast<unsigned char*>(password.data()),
                         static_cast<int>(password.size()), nullptr, nullptr);
    std::fclose(file);
  }

  key_ptr key;
  x509_ptr certificate;
};

/// A server that speaks TLS on what it has accepted.
class tls_test_server : public test_server {
public:
  explicit tls_test_server(const identity& who)
    : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_.get(), who.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), who.key.get());
    // Nobody takes a session up again.
    SSL_CTX_set_num_tickets(context_.get(), 0);
  }

  /// Demands a certificate that `authority` has signed.
  void demand(const identity& authority) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()),
                        authority.certificate.get());
    SSL_CTX_set_verify(context_.get(),
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
  }

  void speak_at_most(int version) {
    SSL_CTX_set_max_proto_version(context_.get(), version);
    // Else the server would not want what it is about to be refused for.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), 0);
  }

  /// Takes a connection and goes on with the handshake; true when it is done.
  bool shake_hands() {
    if (!accept())
      return false;
    if (!session_) {
      session_.reset(SSL_new(context_.get()));
      SSL_set_fd(session_.get(), peer.get());
    }
    return SSL_accept(session_.get()) == 1;
  }

  SSL* session() const noexcept { return session_.get(); }

  std::size_t send_plain(std::string_view bytes) {
    std::size_t size = 0;
    SSL_set_mode(session(), SSL_MODE_ENABLE_PARTIAL_WRITE
                              | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_write_ex(session(), bytes.data(), bytes.size(), &size) == 1
             ? size
             : 0;
  }

  /// Adds what has come to `received`; false if the client said that it ends.
  bool receive_plain() {
    std::string buffer(64 * 1024, '\0');
    std::size_t size = 0;
    while (SSL_read_ex(session(), buffer.data(), buffer.size(), &size) == 1)
      received.append(buffer, 0, size);
    return (SSL_get_shutdown(session()) & SSL_RECEIVED_SHUTDOWN) == 0;
  }

private:
  context_ptr context_;
  ssl_ptr session_;
};

/// An authority that the client trusts, from a file.
struct trusted_authority {
  trusted_authority() : signer("") { signer.save_certificate(file()); }

  std::string file() const { return directory.file("ca.pem"); }

  temporary_directory directory;
  identity signer;
};

/// What a certificate of the test's server is for.
inline const std::string all_names = "DNS:localhost,IP:127.0.0.1";

/// Wires that trust what `signer` has signed.
struct tls_fixture : trusted_authority, tls_client, wire_fixture {
  explicit tls_fixture(tls_client_options files = {})
    : tls_client(with_authority(std::move(files))), wire_fixture(this) {
    // nop
  }

  tls_client_options with_authority(tls_client_options files) const {
    files.ca_file = file();
    return files;
  }

  /// Until the handshake is done on both sides.
  void open(tls_test_server& server, const std::string& host = "127.0.0.1") {
    connect(server.target(host, true));
    bool is_done = false;
    until([&] { return (is_done |= server.shake_hands()) && user.opened > 0; });
  }

  /// What the wire says when it is lost.
  std::string loss(tls_test_server& server,
                   const std::string& host = "127.0.0.1") {
    connect(server.target(host, true));
    until([&] { return server.shake_hands(), user.lost.has_value(); });
    return *user.lost;
  }

  std::string prefix(const test_server& server,
                     const std::string& host = "127.0.0.1") const {
    return "TLS with " + host + " (" + server.name() + "): ";
  }
};

} // namespace signalbox::test
