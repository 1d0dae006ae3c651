#include "net/tls_files.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <memory>
#include <stdexcept>
#include <system_error>

namespace signalbox {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

[[noreturn]] void refuse(const char* what, const std::string& path,
                         const std::string& why) {
  throw std::runtime_error("cannot load " + std::string{what} + " " + path
                           + ": " + why);
}

} // namespace

void load_identity(ssl::context& context, const std::string& cert_file,
                   const std::string& key_file) {
  error_code error;
  context.use_certificate_chain_file(cert_file, error);
  check_loaded(error, "the TLS certificate", cert_file);
  // Else OpenSSL would ask the terminal. The context keeps the callback.
  const auto was_asked = std::make_shared<bool>(false);
  context.set_password_callback(
    [was_asked](std::size_t, ssl::context::password_purpose) {
      *was_asked = true;
      return std::string{};
    });
  constexpr auto key_name = "the TLS key";
  const auto& key = key_file.empty() ? cert_file : key_file;
  context.use_private_key_file(key, ssl::context::pem, error);
  if (*was_asked)
    refuse(key_name, key, "expected a key without a password");
  check_loaded(error, key_name, key);
  // A key of another kind than the certificate's has passed so far.
  if (SSL_CTX_check_private_key(context.native_handle()) != 1)
    refuse(key_name, key, "key values mismatch");
}

void check_loaded(const error_code& error, const char* what,
                  const std::string& path) {
  if (error)
    refuse(what, path, tls_reason(error));
}

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
