#include "net/tokens/public_key.hpp"

#include "net/tokens/base64url.hpp"
#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include <array>
#include <thread>
#include <vector>

using namespace signalbox;
using namespace signalbox::test;
using enum signature_algorithm;

namespace {

constexpr std::array asymmetric{rs256, rs384, rs512, ps256, ps384,
                                ps512, es256, es384, es512, eddsa};

std::string bytes(std::string_view text) {
  return decode_base64url(text).value();
}

/// A member of a JWK made by `issuer_key`, decoded.
std::string member(const std::string& jwk, const std::string& name) {
  const auto begin = jwk.find('"' + name + "\":\"") + name.size() + 4;
  return bytes(jwk.substr(begin, jwk.find('"', begin) - begin));
}

std::optional<public_key> public_half(const issuer_key& key,
                                      key_family family) {
  const auto jwk = key.jwk();
  if (family == key_family::rsa)
    return public_key::rsa(member(jwk, "n"), member(jwk, "e"));
  if (family == key_family::ed25519)
    return public_key::ed25519(member(jwk, "x"));
  return public_key::ec(family, member(jwk, "x"), member(jwk, "y"));
}

/// One of each family; making them anew for each test would take seconds.
const issuer_key& key_of(signature_algorithm algorithm) {
  static const issuer_key rsa{rs256};
  static const issuer_key p256{es256};
  static const issuer_key p384{es384};
  static const issuer_key p521{es512};
  static const issuer_key ed25519{eddsa};
  switch (family_of(algorithm).value()) {
    case key_family::rsa:
      return rsa;
    case key_family::p256:
      return p256;
    case key_family::p384:
      return p384;
    case key_family::p521:
      return p521;
    case key_family::ed25519:
      return ed25519;
  }
  throw std::logic_error("a family without a key");
}

public_key half_of(signature_algorithm algorithm) {
  return public_half(key_of(algorithm), *family_of(algorithm)).value();
}

/// An odd number of that many bits.
std::string odd_number(std::size_t bits) {
  std::string result((bits + 7) / 8, '\xff');
  result[0] = static_cast<char>(0xff >> (result.size() * 8 - bits));
  return result;
}

} // namespace

TEST_CASE("public_key: what a key signed is good, and nothing else",
          "[tokens][public_key]") {
  for (auto algorithm : asymmetric) {
    CAPTURE(name_of(algorithm));
    const auto key = half_of(algorithm);
    const auto signature = key_of(algorithm).sign(algorithm, "text");
    CHECK(key.verify(algorithm, "text", signature));
    CHECK_FALSE(key.verify(algorithm, "texT", signature));
    CHECK_FALSE(key.verify(algorithm, "", signature));
    auto other = signature;
    other.back() = static_cast<char>(other.back() ^ 1);
    CHECK_FALSE(key.verify(algorithm, "text", other));
    CHECK_FALSE(key.verify(algorithm, "text", signature + '\0'));
    CHECK_FALSE(
      key.verify(algorithm, "text", signature.substr(0, signature.size() - 1)));
    CHECK_FALSE(key.verify(algorithm, "text", ""));
    CHECK_FALSE(
      key.verify(algorithm, "text", std::string(signature.size(), '\0')));
    CHECK_FALSE(
      key.verify(algorithm, "text", std::string(signature.size(), '\xff')));
  }
}

TEST_CASE("public_key: a signature is good for its own algorithm alone",
          "[tokens][public_key]") {
  for (auto made : asymmetric) {
    const auto key = half_of(made);
    const auto signature = key_of(made).sign(made, "text");
    for (auto asked : asymmetric) {
      CAPTURE(name_of(made), name_of(asked));
      CHECK(key.verify(asked, "text", signature) == (made == asked));
    }
    for (auto asked : {hs256, hs384, hs512})
      CHECK_FALSE(key.verify(asked, "text", signature));
  }
}

TEST_CASE("public_key: an EC signature in DER is wrong",
          "[tokens][public_key]") {
  const auto key = half_of(es256);
  const std::string der{"\x30\x06\x02\x01\x01\x02\x01\x01", 8};
  CHECK_FALSE(key.verify(es256, "text", der));
}

TEST_CASE("public_key: an EC signature without one of its halves is wrong",
          "[tokens][public_key]") {
  const auto key = half_of(es256);
  const auto signature = key_of(es256).sign(es256, "text");
  const std::string zero(32, '\0');
  CHECK_FALSE(key.verify(es256, "text", zero + signature.substr(32)));
  CHECK_FALSE(key.verify(es256, "text", signature.substr(0, 32) + zero));
}

TEST_CASE("public_key: RSA keys have 2048 to 8192 bits",
          "[tokens][public_key]") {
  const std::string exponent{"\x01\x00\x01", 3};
  CHECK_FALSE(public_key::rsa(odd_number(2047), exponent));
  CHECK(public_key::rsa(odd_number(2048), exponent));
  CHECK(public_key::rsa(odd_number(8192), exponent));
  CHECK_FALSE(public_key::rsa(odd_number(8193), exponent));
  CHECK_FALSE(public_key::rsa(odd_number(1 << 20), exponent));
  CHECK_FALSE(public_key::rsa("", exponent));
}

TEST_CASE("public_key: RSA exponents are odd, at least 3, of 64 bits at most",
          "[tokens][public_key]") {
  const auto modulus = odd_number(2048);
  CHECK_FALSE(public_key::rsa(modulus, ""));
  CHECK_FALSE(public_key::rsa(modulus, std::string(1, '\0')));
  CHECK_FALSE(public_key::rsa(modulus, "\x01"));
  CHECK_FALSE(public_key::rsa(modulus, "\x02"));
  CHECK(public_key::rsa(modulus, "\x03"));
  CHECK(public_key::rsa(modulus, odd_number(64)));
  CHECK_FALSE(public_key::rsa(modulus, odd_number(65)));
  CHECK_FALSE(public_key::rsa(modulus, odd_number(2048)));
}

TEST_CASE("public_key: an even modulus is no RSA key", "[tokens][public_key]") {
  auto modulus = odd_number(2048);
  modulus.back() = '\xfe';
  CHECK_FALSE(public_key::rsa(modulus, "\x03"));
}

TEST_CASE("public_key: zeros in front of an RSA number are let pass",
          "[tokens][public_key]") {
  const auto jwk = key_of(rs256).jwk();
  const auto key = public_key::rsa(std::string(1, '\0') + member(jwk, "n"),
                                   std::string(2, '\0') + member(jwk, "e"));
  REQUIRE(key);
  CHECK(key->verify(rs256, "text", key_of(rs256).sign(rs256, "text")));
}

TEST_CASE("public_key: a point that is not on its curve is no key",
          "[tokens][public_key]") {
  for (auto algorithm : {es256, es384, es512}) {
    CAPTURE(name_of(algorithm));
    const auto family = *family_of(algorithm);
    const auto jwk = key_of(algorithm).jwk();
    const auto x = member(jwk, "x");
    const auto y = member(jwk, "y");
    CHECK(public_key::ec(family, x, y));
    auto other = y;
    other.back() = static_cast<char>(other.back() ^ 1);
    CHECK_FALSE(public_key::ec(family, x, other));
    CHECK_FALSE(public_key::ec(family, std::string(x.size(), '\0'),
                               std::string(x.size(), '\0')));
    CHECK_FALSE(public_key::ec(family, std::string(x.size(), '\xff'), y));
  }
}

TEST_CASE("public_key: a coordinate has the length of its curve",
          "[tokens][public_key]") {
  const auto jwk = key_of(es256).jwk();
  const auto x = member(jwk, "x");
  const auto y = member(jwk, "y");
  const std::string zero(1, '\0');
  CHECK_FALSE(public_key::ec(key_family::p256, zero + x, y));
  CHECK_FALSE(public_key::ec(key_family::p256, x, zero + y));
  CHECK_FALSE(public_key::ec(key_family::p256, x.substr(1), y));
  CHECK_FALSE(public_key::ec(key_family::p256, x + y, ""));
  CHECK_FALSE(public_key::ec(key_family::p384, x, y));
  CHECK_FALSE(public_key::ec(key_family::rsa, x, y));
  CHECK_FALSE(public_key::ec(key_family::ed25519, x, y));
}

TEST_CASE("public_key: an Ed25519 key has 32 bytes", "[tokens][public_key]") {
  const auto point = member(key_of(eddsa).jwk(), "x");
  CHECK(public_key::ed25519(point));
  CHECK_FALSE(public_key::ed25519(point.substr(1)));
  CHECK_FALSE(public_key::ed25519(point + 'x'));
  CHECK_FALSE(public_key::ed25519(""));
}

TEST_CASE("public_key: what it refuses leaves OpenSSL's errors as they were",
          "[tokens][public_key]") {
  ERR_clear_error();
  const auto refuse_all = [] {
    for (auto algorithm : asymmetric) {
      const auto size = key_of(algorithm).sign(algorithm, "text").size();
      CHECK_FALSE(
        half_of(algorithm).verify(algorithm, "text", std::string(size, 'x')));
    }
    CHECK_FALSE(public_key::rsa("x", "\x03"));
    CHECK_FALSE(public_key::ec(key_family::p256, std::string(32, 'x'),
                               std::string(32, 'x')));
  };
  refuse_all();
  CHECK(ERR_peek_error() == 0);
  ERR_raise(ERR_LIB_USER, 7);
  refuse_all();
  CHECK(ERR_GET_REASON(ERR_get_error()) == 7);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("public_key: many threads verify with one key",
          "[tokens][public_key]") {
  for (auto algorithm : {rs256, ps256, es256, eddsa}) {
    CAPTURE(name_of(algorithm));
    const auto key = half_of(algorithm);
    const auto signature = key_of(algorithm).sign(algorithm, "text");
    std::vector<int> good(4);
    std::vector<std::thread> threads;
    for (auto& count : good)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i)
          count += key.verify(algorithm, "text", signature)
                   && !key.verify(algorithm, "other", signature);
      });
    for (auto& one : threads)
      one.join();
    CHECK(good == std::vector<int>{50, 50, 50, 50});
  }
}
