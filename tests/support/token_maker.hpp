// Tokens and key sets as an issuer makes them, with keys made for the test, by
// OpenSSL alone and none of the code under test. Throws where OpenSSL fails.

#pragma once

#include "conf/options.hpp"
#include "conf/value.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace signalbox::test {

inline std::string encode_base64url(std::string_view bytes) {
  constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8
             | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    for (std::size_t k = 0; k <= group.size(); ++k)
      result += alphabet[bits >> (18 - 6 * k) & 0x3f];
  }
  return result;
}

inline void must(bool is_so) {
  if (!is_so)
    throw std::runtime_error("OpenSSL cannot make a token");
}

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Null for EdDSA, which has its own inside.
inline const EVP_MD* digest_of(signature_algorithm algorithm) {
  if (algorithm == signature_algorithm::eddsa)
    return nullptr;
  const auto bits = name_of(algorithm).substr(2);
  return bits == "256"   ? EVP_sha256()
         : bits == "384" ? EVP_sha384()
                         : EVP_sha512();
}

inline std::string sign_with_secret(signature_algorithm algorithm,
                                    std::string_view secret,
                                    std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  must(HMAC(digest_of(algorithm), secret.data(),
            static_cast<int>(secret.size()), bytes_of(text), text.size(),
            mac.data(), &size)
       != nullptr);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

/// A key pair whose public half an issuer publishes.
class issuer_key {
public:
  /// Made new. RSA keys have 2048 bits unless it says otherwise.
  explicit issuer_key(signature_algorithm algorithm, unsigned rsa_bits = 2048)
    : algorithm_(algorithm), key_(made(algorithm, rsa_bits), EVP_PKEY_free) {
    must(key_ != nullptr);
  }

  /// As JWS has it: of an EC key r and s, one after the other.
  std::string sign(signature_algorithm algorithm, std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{
      EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_PKEY_CTX* key_context = nullptr;
    must(EVP_DigestSignInit(context.get(), &key_context, digest_of(algorithm),
                            nullptr, key_.get())
         == 1);
    if (name_of(algorithm).starts_with("PS")) {
      must(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING)
           > 0);
      must(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST)
           > 0);
    }
    std::size_t size = 0;
    must(
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size())
      == 1);
    std::string result(size, '\0');
    must(EVP_DigestSign(context.get(),
                        reinterpret_cast<unsigned char*>(result.data()), &size,
                        bytes_of(text), text.size())
         == 1);
    result.resize(size);
    return EVP_PKEY_is_a(key_.get(), "EC") ? r_and_s(result) : result;
  }

  std::string sign(std::string_view text) const {
    return sign(algorithm_, text);
  }

  /// The public half; `more` is members behind it, such as `,"kid":"a"`.
  std::string jwk(const std::string& more = "") const {
    if (EVP_PKEY_is_a(key_.get(), "RSA"))
      return R"({"kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N)
             + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + '"' + more + '}';
    if (EVP_PKEY_is_a(key_.get(), "EC"))
      return R"({"kty":"EC","crv":")" + std::string{curve_of(algorithm_)}
             + R"(","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")"
             + number(OSSL_PKEY_PARAM_EC_PUB_Y) + '"' + more + '}';
    std::array<unsigned char, 32> point{};
    auto size = point.size();
    must(EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &size) == 1);
    return R"({"kty":"OKP","crv":"Ed25519","x":")"
           + encode_base64url(
             {reinterpret_cast<const char*>(point.data()), size})
           + '"' + more + '}';
  }

  EVP_PKEY* native() const { return key_.get(); }

private:
  static const char* curve_of(signature_algorithm algorithm) {
    const auto bits = name_of(algorithm).substr(2);
    return bits == "256" ? "P-256" : bits == "384" ? "P-384" : "P-521";
  }

  static EVP_PKEY* made(signature_algorithm algorithm, unsigned rsa_bits) {
    if (algorithm == signature_algorithm::eddsa)
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    if (name_of(algorithm).starts_with("ES"))
      return EVP_EC_gen(curve_of(algorithm));
    return EVP_RSA_gen(rsa_bits);
  }

  std::size_t coordinate_bytes() const {
    return (static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get())) + 7) / 8;
  }

  static std::string padded(const BIGNUM* number, std::size_t size) {
    std::string result(size, '\0');
    must(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(result.data()),
                      static_cast<int>(size))
         >= 0);
    return result;
  }

  std::string r_and_s(const std::string& der) const {
    const auto* at = bytes_of(der);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature{
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())),
      ECDSA_SIG_free};
    must(signature != nullptr);
    const auto size = coordinate_bytes();
    return padded(ECDSA_SIG_get0_r(signature.get()), size)
           + padded(ECDSA_SIG_get0_s(signature.get()), size);
  }

  /// A parameter of the key in base64url, with zeros in front for a coordinate.
  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    must(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> owner{value, BN_free};
    const auto needed = static_cast<std::size_t>(BN_num_bytes(value));
    const auto size = EVP_PKEY_is_a(key_.get(), "EC")
                        ? std::max(needed, coordinate_bytes())
                        : needed;
    return encode_base64url(padded(value, size));
  }

  signature_algorithm algorithm_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

/// What is signed.
inline std::string signing_input(std::string_view header,
                                 std::string_view claims) {
  return encode_base64url(header) + '.' + encode_base64url(claims);
}

/// `sign` takes what is signed.
template <class Sign>
std::string
make_token(std::string_view header, std::string_view claims, Sign&& sign) {
  const auto text = signing_input(header, claims);
  return text + '.' + encode_base64url(sign(text));
}

/// By the key, with its kid if it has one.
inline std::string make_token(signature_algorithm algorithm,
                              const issuer_key& key, const std::string& kid,
                              std::string_view claims) {
  auto header = R"({"alg":")" + std::string{name_of(algorithm)} + '"';
  if (!kid.empty())
    header += R"(,"kid":")" + kid + '"';
  return make_token(header + '}', claims, [&](const std::string& text) {
    return key.sign(algorithm, text);
  });
}

inline std::string make_token(signature_algorithm algorithm,
                              std::string_view secret,
                              std::string_view claims) {
  return make_token(R"({"alg":")" + std::string{name_of(algorithm)}
                      + R"(","typ":"JWT"})",
                    claims, [&](const std::string& text) {
                      return sign_with_secret(algorithm, secret, text);
                    });
}

/// `keys` is JWKs between commas.
inline std::string make_key_set(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

} // namespace signalbox::test
