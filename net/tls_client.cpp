#include "net/tls_client.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <stdexcept>
#include <system_error>

namespace signalbox {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

void check(const error_code& error, const char* what, const std::string& path) {
  if (error)
    throw std::runtime_error("cannot load " + std::string{what} + " " + path
                             + ": " + tls_reason(error));
}

void load_identity(ssl::context& context, const tls_client_options& files) {
  if (files.cert_file.empty()) {
    if (!files.key_file.empty())
      throw std::runtime_error("cannot use the TLS key " + files.key_file
                               + ": there is no certificate for it");
    return;
  }
  error_code error;
  context.use_certificate_chain_file(files.cert_file, error);
  check(error, "the TLS certificate", files.cert_file);
  // Else OpenSSL would ask the terminal for the password of a key.
  context.set_password_callback(
    [](std::size_t, ssl::context::password_purpose) { return std::string{}; });
  const auto& key = files.key_file.empty() ? files.cert_file : files.key_file;
  // Checks the key against the certificate as well.
  context.use_private_key_file(key, ssl::context::pem, error);
  check(error, "the TLS key", key);
}

} // namespace

tls_client::tls_client(const tls_client_options& files)
  : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {
  auto* native = context_->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Nobody needs it, and without it writing never waits for reading.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  context_->set_verify_mode(ssl::verify_peer);
  error_code error;
  if (files.ca_file.empty()) {
    context_->set_default_verify_paths(error);
    check(error, "the certificates", "of the system");
  } else {
    context_->load_verify_file(files.ca_file, error);
    check(error, "the TLS authorities", files.ca_file);
  }
  load_identity(*context_, files);
}

tls_client::~tls_client() = default;

std::string tls_reason(const error_code& error) {
  if (error.category() != boost::asio::error::get_ssl_category())
    return error.message();
  // Asio keeps OpenSSL's unsigned codes as int.
  const auto code = static_cast<unsigned int>(error.value());
  if (ERR_SYSTEM_ERROR(code))
    return std::generic_category().message(ERR_GET_REASON(code));
  if (const auto* reason = ERR_reason_error_string(code))
    return reason;
  return error.message();
}

} // namespace signalbox
