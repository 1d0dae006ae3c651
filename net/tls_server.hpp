// What all TLS connections that a node accepts have in common: the certificate
// it shows. TLS 1.2 and later, forward secrecy and authenticated ciphers only,
// no renegotiation, no compression. The files can be read again at any time:
// sessions that are there go on with what they began with.

#pragma once

#include <memory>
#include <mutex>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace signalbox {

/// Paths of PEM files.
struct tls_server_options {
  /// The certificate, and those that vouch for it.
  std::string cert_file;
  /// Its key, without a password; looked for in `cert_file` if empty.
  std::string key_file;
};

/// What a log may say of a certificate.
struct certificate_facts {
  /// RFC 2253.
  std::string subject;
  /// ISO 8601, UTC.
  std::string valid_until;
  /// That time is over.
  bool has_expired = false;
};

/// Any thread.
class tls_server {
public:
  /// Throws std::runtime_error that names the file, if one cannot be loaded or
  /// the key is not that of the certificate.
  explicit tls_server(tls_server_options files);
  ~tls_server();

  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;

  /// Reads the files again, for connections that begin later. Throws as above,
  /// and then all is as it was.
  void reload();

  /// Never null, and never changed: a reload makes another.
  std::shared_ptr<boost::asio::ssl::context> context() const;

  /// Of the certificate that new connections are shown.
  certificate_facts facts() const;

private:
  const tls_server_options files_;
  // Not std::atomic<std::shared_ptr>: it is a lock too, in GCC 12, and one that
  // ThreadSanitizer does not understand.
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace signalbox
