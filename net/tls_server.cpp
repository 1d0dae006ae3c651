#include "net/tls_server.hpp"

#include "net/openssl_support.hpp"
#include "net/tls_files.hpp"

#include <boost/asio/ssl/context.hpp>

#include <ctime>
#include <string_view>
#include <utility>

namespace signalbox {

namespace {

namespace ssl = boost::asio::ssl;

// For TLS 1.2; those of 1.3 are all of this kind.
constexpr auto ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// The one protocol that is spoken here, as RFC 7301 §3.1 writes it.
constexpr std::string_view alpn{"\x08http/1.1"};

// A client that offers only others had better be told (RFC 7301 §3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size,
                    void*) {
  unsigned char* found = nullptr;
  const auto result = SSL_select_next_proto(
    &found, size, octets_of(alpn), static_cast<unsigned int>(alpn.size()),
    offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                          : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<ssl::context> load(const tls_server_options& files) {
  auto result = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* native = result->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(native, ciphers);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  // Who comes again shows a ticket; a table of sessions would be shared by the
  // shards, and grow.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  load_identity(*result, files.cert_file, files.key_file);
  return result;
}

std::string name_of(const X509& certificate) {
  const std::unique_ptr<BIO, openssl_free<BIO_free>> memory{
    BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(&certificate), 0,
                     XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &data);
  return size > 0 ? std::string{data, static_cast<std::size_t>(size)}
                  : std::string{};
}

std::string end_of(const X509& certificate) {
  std::tm time{};
  char text[sizeof "2026-11-24T16:00:00Z"];
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1
      || std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &time) == 0)
    return {};
  return text;
}

} // namespace

tls_server::tls_server(tls_server_options files)
  : files_(std::move(files)), context_(load(files_)) {
  // nop
}

tls_server::~tls_server() = default;

void tls_server::reload() {
  auto context = load(files_);
  std::lock_guard guard{mutex_};
  context_.swap(context);
}

std::shared_ptr<ssl::context> tls_server::context() const {
  std::lock_guard guard{mutex_};
  return context_;
}

certificate_facts tls_server::facts() const {
  const auto current = context();
  const auto* certificate = SSL_CTX_get0_certificate(current->native_handle());
  // 0 means that it cannot be read.
  const auto order = X509_cmp_current_time(X509_get0_notAfter(certificate));
  return {name_of(*certificate), end_of(*certificate), order < 0};
}

} // namespace signalbox
