#include "net/tls_channel.hpp"

#include "conf/address.hpp"
#include "net/openssl_support.hpp"
#include "net/tls_files.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace signalbox {

namespace {

namespace asio = boost::asio;

// Has OpenSSL check the certificate against `host`, and tells the server which
// of its names was meant (RFC 6066 §3: not an address, and no final dot).
bool expect(SSL* session, const std::string& host) {
  if (const auto address = ip_address::parse(host))
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session),
                                         address->to_string().c_str())
           == 1;
  auto name = host;
  if (name.ends_with('.'))
    name.pop_back();
  // To OpenSSL, no name is any name, and one with a dot in front any below it.
  if (name.empty() || name.starts_with('.'))
    return false;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, name.c_str()) == 1
         && SSL_set_tlsext_host_name(session, name.c_str()) == 1;
}

} // namespace

struct tls_channel::engine {
  using session_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;

  engine(asio::ssl::context& context, output_function out)
    : output(std::move(out)), session(SSL_new(context.native_handle())) {
    auto* bio = session ? BIO_new(bio_method()) : nullptr;
    if (!bio)
      throw std::bad_alloc{};
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(session.get(), bio, bio);
    SSL_set_mode(session.get(), SSL_MODE_RELEASE_BUFFERS
                                  | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }

  // What an operation of the session that returned `result` has come to.
  error_code outcome(int result) noexcept {
    const auto kind = SSL_get_error(session.get(), result);
    // A session that fails later says of itself that they never were.
    are_hands_shaken = are_hands_shaken
                       || SSL_is_init_finished(session.get()) != 0;
    if (kind == SSL_ERROR_NONE)
      return {};
    if (kind == SSL_ERROR_WANT_READ)
      return asio::error::would_block;
    if (kind == SSL_ERROR_ZERO_RETURN)
      return asio::error::eof;
    // The session must not be used again.
    is_broken = true;
    if (const auto code = ERR_get_error())
      return {static_cast<int>(code), asio::error::get_ssl_category()};
    return asio::ssl::error::unexpected_result;
  }

  // -- as OpenSSL sees it -----------------------------------------------------

  static engine& of(BIO* bio) noexcept {
    return *static_cast<engine*>(BIO_get_data(bio));
  }

  static int read_input(BIO* bio, char* target, std::size_t wanted,
                        std::size_t* size) {
    auto& input = of(bio).input;
    BIO_clear_retry_flags(bio);
    *size = std::min(wanted, input.size());
    if (*size == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(target, input.data(), *size);
    input.remove_prefix(*size);
    return 1;
  }

  // No exception may cross OpenSSL: without memory the session is broken.
  static int write_output(BIO* bio, const char* data, std::size_t size,
                          std::size_t* written) noexcept {
    BIO_clear_retry_flags(bio);
    *written = 0;
    try {
      of(bio).output({data, size});
    } catch (const std::bad_alloc&) {
      return 0;
    }
    *written = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  // One for the process.
  static const BIO_METHOD* bio_method() {
    using method_ptr = std::unique_ptr<BIO_METHOD, openssl_free<BIO_meth_free>>;
    static const method_ptr method = [] {
      method_ptr made{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                                   "bytes in hand")};
      if (!made)
        throw std::bad_alloc{};
      BIO_meth_set_read_ex(made.get(), read_input);
      BIO_meth_set_write_ex(made.get(), write_output);
      BIO_meth_set_ctrl(made.get(), control);
      return made;
    }();
    return method.get();
  }

  std::string_view input;
  output_function output;
  session_ptr session;
  bool is_host_known = true;
  bool are_hands_shaken = false;
  bool is_broken = false;
};

tls_channel::tls_channel(const tls_client& client, const std::string& host,
                         output_function output)
  : engine_(std::make_unique<engine>(client.context(), std::move(output))) {
  SSL_set_connect_state(engine_->session.get());
  engine_->is_host_known = expect(engine_->session.get(), host);
}

tls_channel::tls_channel(const tls_server& server, output_function output)
  : engine_(std::make_unique<engine>(*server.context(), std::move(output))) {
  SSL_set_accept_state(engine_->session.get());
}

tls_channel::~tls_channel() = default;

void tls_channel::receive(std::string_view ciphertext) noexcept {
  engine_->input = ciphertext;
}

tls_channel::error_code tls_channel::shake_hands() {
  if (!engine_->is_host_known) {
    engine_->is_broken = true;
    return asio::error::invalid_argument;
  }
  ERR_clear_error();
  return engine_->outcome(SSL_do_handshake(engine_->session.get()));
}

bool tls_channel::are_hands_shaken() const noexcept {
  return engine_->are_hands_shaken;
}

std::size_t tls_channel::read(std::span<char> buffer, error_code& error) {
  ERR_clear_error();
  std::size_t size = 0;
  error = engine_->outcome(
    SSL_read_ex(engine_->session.get(), buffer.data(), buffer.size(), &size));
  return error ? 0 : size;
}

tls_channel::error_code tls_channel::write(std::string_view plaintext) {
  if (plaintext.empty())
    return {};
  ERR_clear_error();
  std::size_t size = 0;
  return engine_->outcome(SSL_write_ex(engine_->session.get(), plaintext.data(),
                                       plaintext.size(), &size));
}

void tls_channel::close() noexcept {
  if (engine_->is_broken || !are_hands_shaken())
    return;
  ERR_clear_error();
  // Whether the other end says so too, nobody waits for.
  SSL_shutdown(engine_->session.get());
  engine_->is_broken = true;
}

std::string tls_channel::reason_of(const error_code& error) const {
  auto result = tls_reason(error);
  if (error.category() == asio::error::get_ssl_category()
      && ERR_GET_REASON(static_cast<unsigned int>(error.value()))
           == SSL_R_CERTIFICATE_VERIFY_FAILED)
    result += std::string{": "}
              + X509_verify_cert_error_string(
                SSL_get_verify_result(engine_->session.get()));
  return result;
}

} // namespace signalbox
