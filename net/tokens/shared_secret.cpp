#include "net/tokens/shared_secret.hpp"

#include "conf/value.hpp"
#include "net/openssl_support.hpp"
#include "net/tokens/openssl_errors.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstddef>
#include <stdexcept>

namespace signalbox {

void shared_secret::context_delete::operator()(
  evp_mac_ctx_st* x) const noexcept {
  EVP_MAC_CTX_free(x);
}

shared_secret::context_ptr shared_secret::ready(std::string_view bytes,
                                                const char* digest) {
  const openssl_errors errors;
  auto* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  context_ptr result{EVP_MAC_CTX_new(hmac)};
  EVP_MAC_free(hmac);
  const OSSL_PARAM parameters[]{
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                     const_cast<char*>(digest), 0),
    OSSL_PARAM_construct_end()};
  if (!result
      || EVP_MAC_init(result.get(), octets_of(bytes), bytes.size(), parameters)
           != 1)
    throw std::runtime_error("cannot use HMAC with " + std::string{digest});
  return result;
}

shared_secret::shared_secret(std::string_view bytes)
  : ready_{ready(bytes, "SHA256"), ready(bytes, "SHA384"),
           ready(bytes, "SHA512")} {
  // nop
}

bool shared_secret::verify(signature_algorithm algorithm, std::string_view text,
                           std::string_view mac) const {
  if (!is_symmetric(algorithm))
    return false;
  const openssl_errors errors;
  const auto& mine = ready_[static_cast<std::size_t>(algorithm)];
  const context_ptr context{EVP_MAC_CTX_dup(mine.get())};
  std::array<unsigned char, EVP_MAX_MD_SIZE> right{};
  std::size_t size = 0;
  return context
         && EVP_MAC_update(context.get(), octets_of(text), text.size()) == 1
         && EVP_MAC_final(context.get(), right.data(), &size, right.size()) == 1
         && mac.size() == size
         && CRYPTO_memcmp(right.data(), mac.data(), size) == 0;
}

} // namespace signalbox
