#include "net/tokens/tls_trust.hpp"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <new>

namespace signalbox {

namespace {

// An empty variable is unset.
const char* variable(const char* name) noexcept {
  const auto* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

} // namespace

tls_trust::tls_trust() : store_(X509_STORE_new(), X509_STORE_free) {
  if (!store_)
    throw std::bad_alloc{};
  auto* store = store_.get();
  // An authority in between may be trusted too, as libcurl has it.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  // Looked up there when it is needed.
  const auto* directory = variable(X509_get_default_cert_dir_env());
  X509_STORE_load_path(store,
                       directory ? directory : X509_get_default_cert_dir());
  if (const auto* file = variable(X509_get_default_cert_file_env())) {
    if (X509_STORE_load_file(store, file) != 1)
      complaint_ = std::string{"cannot load the certificates in "} + file;
  } else {
    // Debian has a bundle where OpenSSL does not look; a container may have
    // nothing else.
    const auto* bundle = curl_version_info(CURLVERSION_NOW)->cainfo;
    if (!bundle || X509_STORE_load_file(store, bundle) != 1)
      X509_STORE_load_file(store, X509_get_default_cert_file());
  }
  ERR_clear_error();
}

} // namespace signalbox
