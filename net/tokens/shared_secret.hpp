// A secret that signs and verifies tokens of the HS algorithms. A type of its
// own beside `public_key`: what a key server publishes cannot become a secret.
// Immutable; `verify` may be called from many threads at once.
// Source: RFC 7518 §3.2, RFC 2104.

#pragma once

#include "conf/options.hpp"

#include <array>
#include <memory>
#include <string_view>

/// OpenSSL's EVP_MAC_CTX.
struct evp_mac_ctx_st;

namespace signalbox {

class shared_secret {
public:
  /// Keeps nothing of `bytes` outside OpenSSL's own memory. Throws
  /// std::runtime_error if OpenSSL lacks HMAC. REQUIRES: not empty.
  explicit shared_secret(std::string_view bytes);

  /// Whether `mac`, whole and not truncated, is that of `text`. Takes the same
  /// time wherever they differ. False for algorithms that take no secret.
  bool verify(signature_algorithm algorithm, std::string_view text,
              std::string_view mac) const;

private:
  struct context_delete {
    void operator()(evp_mac_ctx_st* x) const noexcept;
  };
  using context_ptr = std::unique_ptr<evp_mac_ctx_st, context_delete>;

  static context_ptr ready(std::string_view bytes, const char* digest);

  /// HS256, HS384 and HS512 with the key set, to be copied for each text.
  std::array<context_ptr, 3> ready_;
};

} // namespace signalbox
