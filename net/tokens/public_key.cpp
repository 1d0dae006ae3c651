#include "net/tokens/public_key.hpp"

#include "net/openssl_support.hpp"
#include "net/tokens/openssl_errors.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace signalbox {

namespace {

using number_ptr = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using digest_context_ptr =
  std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>;
using key_context_ptr =
  std::unique_ptr<EVP_PKEY_CTX, openssl_free<EVP_PKEY_CTX_free>>;
using builder_ptr =
  std::unique_ptr<OSSL_PARAM_BLD, openssl_free<OSSL_PARAM_BLD_free>>;
using parameters_ptr =
  std::unique_ptr<OSSL_PARAM, openssl_free<OSSL_PARAM_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, openssl_free<ECDSA_SIG_free>>;

constexpr int modulus_bits_min = 2048;
constexpr int modulus_bits_max = 8192;
constexpr int exponent_bits_min = 2; // 1 would make every text its signature
constexpr int exponent_bits_max = 64;
constexpr std::size_t ed25519_bytes = 32;

/// An odd number of that many bits, or nothing.
number_ptr odd_number(std::string_view bytes, int bits_min, int bits_max) {
  const auto start = std::min(bytes.find_first_not_of('\0'), bytes.size());
  bytes.remove_prefix(start);
  // Compared before it is converted.
  if (bytes.size() > static_cast<std::size_t>(bits_max) / 8)
    return nullptr;
  number_ptr result{
    BN_bin2bn(octets_of(bytes), static_cast<int>(bytes.size()), nullptr)};
  if (!result || !BN_is_odd(result.get())
      || BN_num_bits(result.get()) < bits_min)
    return nullptr;
  return result;
}

/// A key of this type from what is in `builder`; null if it is none.
EVP_PKEY* import(const char* type, OSSL_PARAM_BLD* builder) {
  const parameters_ptr parameters{OSSL_PARAM_BLD_to_param(builder)};
  const key_context_ptr context{
    EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* result = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &result, EVP_PKEY_PUBLIC_KEY,
                           parameters.get())
           != 1)
    return nullptr;
  return result;
}

const char* curve_name(key_family family) noexcept {
  switch (family) {
    case key_family::p256:
      return "P-256";
    case key_family::p384:
      return "P-384";
    case key_family::p521:
      return "P-521";
    case key_family::rsa:
    case key_family::ed25519:
      break;
  }
  return nullptr;
}

/// Of one coordinate, and of r and s; 0 if the family is no curve of these.
std::size_t coordinate_bytes(key_family family) noexcept {
  switch (family) {
    case key_family::p256:
      return 32;
    case key_family::p384:
      return 48;
    case key_family::p521:
      return 66;
    case key_family::rsa:
    case key_family::ed25519:
      break;
  }
  return 0;
}

const char* digest_of(signature_algorithm algorithm) noexcept {
  using enum signature_algorithm;
  switch (algorithm) {
    case hs256:
    case rs256:
    case ps256:
    case es256:
      return "SHA256";
    case hs384:
    case rs384:
    case ps384:
    case es384:
      return "SHA384";
    case hs512:
    case rs512:
    case ps512:
    case es512:
      return "SHA512";
    case eddsa:
      break; // has its own inside
  }
  return nullptr;
}

bool is_pss(signature_algorithm algorithm) noexcept {
  using enum signature_algorithm;
  return algorithm == ps256 || algorithm == ps384 || algorithm == ps512;
}

/// As OpenSSL takes an ECDSA signature; empty if that is not to be had.
std::string as_der(std::string_view r_and_s) {
  const auto size = static_cast<int>(r_and_s.size() / 2);
  const auto* bytes = octets_of(r_and_s);
  number_ptr r{BN_bin2bn(bytes, size, nullptr)};
  number_ptr s{BN_bin2bn(bytes + size, size, nullptr)};
  const ecdsa_ptr signature{ECDSA_SIG_new()};
  if (!r || !s || !signature
      || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return {};
  r.release();
  s.release();
  std::string result;
  const auto needed = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (needed <= 0)
    return {};
  result.resize(static_cast<std::size_t>(needed));
  auto* out = reinterpret_cast<unsigned char*>(result.data());
  if (i2d_ECDSA_SIG(signature.get(), &out) != needed)
    return {};
  return result;
}

bool set_pss(EVP_PKEY_CTX* context, const char* digest) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, digest, nullptr) > 0
         && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST)
              > 0;
}

} // namespace

std::optional<key_family> family_of(signature_algorithm algorithm) noexcept {
  using enum signature_algorithm;
  switch (algorithm) {
    case hs256:
    case hs384:
    case hs512:
      return std::nullopt;
    case rs256:
    case rs384:
    case rs512:
    case ps256:
    case ps384:
    case ps512:
      return key_family::rsa;
    case es256:
      return key_family::p256;
    case es384:
      return key_family::p384;
    case es512:
      return key_family::p521;
    case eddsa:
      return key_family::ed25519;
  }
  return std::nullopt;
}

void public_key::key_delete::operator()(evp_pkey_st* x) const noexcept {
  EVP_PKEY_free(x);
}

std::optional<public_key> public_key::rsa(std::string_view modulus,
                                          std::string_view exponent) {
  const openssl_errors errors;
  const auto n = odd_number(modulus, modulus_bits_min, modulus_bits_max);
  const auto e = odd_number(exponent, exponent_bits_min, exponent_bits_max);
  const builder_ptr builder{OSSL_PARAM_BLD_new()};
  if (!n || !e || !builder
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get())
           != 1
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get())
           != 1)
    return std::nullopt;
  key_ptr key{import("RSA", builder.get())};
  if (!key)
    return std::nullopt;
  return public_key{key_family::rsa, std::move(key)};
}

std::optional<public_key> public_key::ec(key_family curve, std::string_view x,
                                         std::string_view y) {
  const openssl_errors errors;
  const auto* name = curve_name(curve);
  const auto size = coordinate_bytes(curve);
  if (!name || x.size() != size || y.size() != size)
    return std::nullopt;
  std::string point{static_cast<char>(POINT_CONVERSION_UNCOMPRESSED)};
  point.append(x).append(y);
  const builder_ptr builder{OSSL_PARAM_BLD_new()};
  if (!builder
      || OSSL_PARAM_BLD_push_utf8_string(builder.get(),
                                         OSSL_PKEY_PARAM_GROUP_NAME, name, 0)
           != 1
      || OSSL_PARAM_BLD_push_octet_string(
           builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size())
           != 1)
    return std::nullopt;
  key_ptr key{import("EC", builder.get())};
  if (!key)
    return std::nullopt;
  // That the point is on the curve, in range and not at infinity.
  const key_context_ptr check{
    EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  if (!check || EVP_PKEY_public_check(check.get()) != 1)
    return std::nullopt;
  return public_key{curve, std::move(key)};
}

std::optional<public_key> public_key::ed25519(std::string_view point) {
  const openssl_errors errors;
  if (point.size() != ed25519_bytes)
    return std::nullopt;
  key_ptr key{EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr,
                                             octets_of(point), point.size())};
  if (!key)
    return std::nullopt;
  return public_key{key_family::ed25519, std::move(key)};
}

bool public_key::verify(signature_algorithm algorithm, std::string_view text,
                        std::string_view signature) const {
  if (family_of(algorithm) != family_)
    return false;
  const openssl_errors errors;
  std::string der;
  if (const auto size = coordinate_bytes(family_)) {
    if (signature.size() != 2 * size)
      return false;
    der = as_der(signature);
    if (der.empty())
      return false;
    signature = der;
  } else if (signature.size()
             != static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()))) {
    // OpenSSL takes a shorter PSS signature for one with zeros in front; RFC
    // 8017 §8.1.2 does not.
    return false;
  }
  const digest_context_ptr context{EVP_MD_CTX_new()};
  const auto* digest = digest_of(algorithm);
  EVP_PKEY_CTX* key_context = nullptr; // belongs to `context`
  return context
         && EVP_DigestVerifyInit_ex(context.get(), &key_context, digest,
                                    nullptr, nullptr, key_.get(), nullptr)
              == 1
         && (!is_pss(algorithm) || set_pss(key_context, digest))
         && EVP_DigestVerify(context.get(), octets_of(signature),
                             signature.size(), octets_of(text), text.size())
              == 1;
}

} // namespace signalbox
