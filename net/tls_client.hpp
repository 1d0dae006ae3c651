// What all TLS connections that a node opens have in common: whom to trust and
// what to show. TLS 1.2 and later; the server's certificate is always checked.

#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace signalbox {

/// Paths of PEM files; empty = none.
struct tls_client_options {
  /// Certificates that a server's is checked against; the system's if empty.
  std::string ca_file;
  /// Shown to servers that ask, with those that vouch for it.
  std::string cert_file;
  /// Its key; looked for in `cert_file` if empty.
  std::string key_file;
};

class tls_client {
public:
  /// Throws std::runtime_error that names the file, if one cannot be loaded or
  /// the key is not that of the certificate.
  explicit tls_client(const tls_client_options& files);
  ~tls_client();

  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  /// Not changed after construction, so of use to any thread.
  boost::asio::ssl::context& context() const noexcept { return *context_; }

private:
  std::unique_ptr<boost::asio::ssl::context> context_;
};

} // namespace signalbox
