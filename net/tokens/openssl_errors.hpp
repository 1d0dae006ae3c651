// OpenSSL notes each failure in a queue of the thread, which its TLS reads to
// tell why a connection failed. A signature that is wrong must not be found
// there by the next connection of the same shard.
// Source: SSL_get_error(3).

#pragma once

#include <openssl/err.h>

namespace signalbox {

/// Takes what was noted during its life out of the thread's queue again, and
/// leaves what was there before.
class openssl_errors {
public:
  openssl_errors() noexcept { ERR_set_mark(); }
  ~openssl_errors() { ERR_pop_to_mark(); }
  openssl_errors(const openssl_errors&) = delete;
  openssl_errors& operator=(const openssl_errors&) = delete;
};

} // namespace signalbox
