// The authorities whose certificates HTTPS servers may show: SSL_CERT_FILE and
// SSL_CERT_DIR where they are set, as OpenSSL reads them, else the system's.
// Read once: a bundle of all authorities costs tens of milliseconds, which a
// shard has no time for. Immutable, may be shared.

#pragma once

#include <memory>
#include <string>

// As OpenSSL declares it, whose headers few files need.
struct x509_store_st;

namespace signalbox {

class tls_trust {
public:
  /// Loads what is there; `complaint` says what is not.
  tls_trust();

  /// For SSL_CTX_set1_cert_store.
  x509_store_st* store() const noexcept { return store_.get(); }

  /// Empty, or that the file that SSL_CERT_FILE names cannot be used: then
  /// those of SSL_CERT_DIR are trusted, or of the system's directory.
  const std::string& complaint() const noexcept { return complaint_; }

private:
  std::shared_ptr<x509_store_st> store_;
  std::string complaint_;
};

} // namespace signalbox
