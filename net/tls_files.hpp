// Certificates and keys from PEM files, for either end of TLS; what goes wrong
// is said with the file's name, and never with anything it holds.

#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace boost::asio::ssl {
class context;
}

namespace signalbox {

/// Loads the certificate of `cert_file`, with those that vouch for it, and its
/// key, which is looked for in `cert_file` if `key_file` is empty. A key with a
/// password is refused; nobody is asked for it. Throws std::runtime_error that
/// names the file, if one cannot be loaded or the key is not that of the
/// certificate.
void load_identity(boost::asio::ssl::context& context,
                   const std::string& cert_file, const std::string& key_file);

/// Throws std::runtime_error "cannot load WHAT PATH: ..." if there is an error.
void check_loaded(const boost::system::error_code& error, const char* what,
                  const std::string& path);

/// What OpenSSL says has gone wrong, without the names of its parts.
std::string tls_reason(const boost::system::error_code& error);

} // namespace signalbox
