// One public key, imported once, that verifies signatures of the algorithms its
// kind is for and of no other. RSA of 2048 to 8192 bits, P-256, P-384, P-521,
// Ed25519. Immutable; `verify` may be called from many threads at once.
// Source: RFC 7518 §3 and §6, RFC 8037 §2 and §3.1.

#pragma once

#include "conf/options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

/// OpenSSL's EVP_PKEY.
struct evp_pkey_st;

namespace signalbox {

enum class key_family : std::uint8_t { rsa, p256, p384, p521, ed25519 };

/// What a signature of `algorithm` is verified with; nothing if by a secret.
std::optional<key_family> family_of(signature_algorithm algorithm) noexcept;

class public_key {
public:
  // Numbers are bytes, the highest first. Nothing if they are no key that we
  // take.

  /// 2048 to 8192 bits; an odd exponent from 3 on, of 64 bits at most: who
  /// publishes a key says what a verification costs us. Leading zeros are let
  /// pass (RFC 7518 §6.3.1.1 knows writers that add them).
  static std::optional<public_key> rsa(std::string_view modulus,
                                       std::string_view exponent);

  /// A point of that curve, each coordinate of full length. Nothing if `curve`
  /// is none of the three.
  static std::optional<public_key> ec(key_family curve, std::string_view x,
                                      std::string_view y);

  /// 32 bytes.
  static std::optional<public_key> ed25519(std::string_view point);

  key_family family() const noexcept { return family_; }

  /// False also for algorithms of other families. ES: r and s one after the
  /// other, each of full length; PS: a salt as long as the digest, and MGF1
  /// with the same digest.
  bool verify(signature_algorithm algorithm, std::string_view text,
              std::string_view signature) const;

private:
  struct key_delete {
    void operator()(evp_pkey_st* x) const noexcept;
  };
  using key_ptr = std::unique_ptr<evp_pkey_st, key_delete>;

  public_key(key_family family, key_ptr key) noexcept
    : family_(family), key_(std::move(key)) {}

  key_family family_;
  key_ptr key_;
};

} // namespace signalbox
