// An authority with a secret, or an issuer that publishes keys, at one moment;
// and what its verdicts should be.

#pragma once

#include "net/tokens/token_authority.hpp"
#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace signalbox::test {

constexpr auto authority_secret = "0123456789abcdef0123456789abcdef";
constexpr std::chrono::system_clock::time_point authority_now{
  std::chrono::seconds{1'700'000'000}};

/// Grants `room` to `ann` for a minute.
constexpr auto good_claims =
  R"({"exp":1700000060,"rooms":["room"],"sub":"ann"})";

inline options with_secret() {
  options result;
  result.enable_auth = true;
  result.jwt_secret = authority_secret;
  return result;
}

inline options with_key_server() {
  options result;
  result.enable_auth = true;
  result.jwt_jwks_url = "https://auth.example.com/keys";
  result.jwt_alg = {signature_algorithm::rs256, signature_algorithm::es256};
  return result;
}

inline token_verdict
judged(const options& settings, std::string_view token,
       std::string_view room = "room",
       std::chrono::system_clock::time_point at = authority_now,
       key_wish wish = key_wish::allowed) {
  return token_authority{settings}.judge(token, room, at, wish);
}

/// Claims signed with the secret.
inline token_verdict
judged_claims(const options& settings, std::string_view claims,
              std::string_view room = "room",
              std::chrono::system_clock::time_point at = authority_now) {
  return judged(
    settings, make_token(signature_algorithm::hs256, authority_secret, claims),
    room, at);
}

/// Claims with these members behind those that make it good.
inline std::string good_and(const std::string& members) {
  return R"({"exp":1700000060,"rooms":["room"],)" + members + '}';
}

/// Claims with that list of rooms, in JSON.
inline std::string with_rooms(const std::string& rooms) {
  return R"({"exp":1700000060,"rooms":)" + rooms + '}';
}

inline void check_granted(const token_verdict& verdict) {
  CHECK(verdict.error == ec::none);
  CHECK(verdict.reason == "");
  CHECK_FALSE(verdict.wants_keys);
}

inline void check_refused(const token_verdict& verdict, std::string_view reason,
                          ec error = ec::unauthorized) {
  CHECK(verdict.error == error);
  CHECK(verdict.reason == reason);
  CHECK_FALSE(verdict.wants_keys);
  CHECK(verdict.subject.empty());
}

inline void check_wants_keys(const token_verdict& verdict,
                             std::string_view reason) {
  CHECK(verdict.error == ec::unauthorized);
  CHECK(verdict.reason == reason);
  CHECK(verdict.wants_keys);
}

/// Members behind those of a JWK.
inline std::string kid(const std::string& name) {
  return R"(,"kid":")" + name + '"';
}

/// A node whose issuer publishes keys.
struct issuer_fixture {
  explicit issuer_fixture(const options& settings = with_key_server())
    : authority(settings, [this] { return steady_now.load(); }) {}

  /// JWKs between commas, fresh for a minute.
  void publish(const std::string& keys) {
    auto result = read_key_set(make_key_set(keys));
    REQUIRE(result.keys);
    authority.publish(result.keys, steady_now.load() + std::chrono::minutes{1});
  }

  token_verdict judge(std::string_view token,
                      key_wish wish = key_wish::allowed) const {
    return authority.judge(token, "room", authority_now, wish);
  }

  std::atomic<std::chrono::steady_clock::time_point> steady_now{
    std::chrono::steady_clock::time_point{std::chrono::seconds{1000}}};
  token_authority authority;
};

/// Made once: an RSA key takes a while.
inline const issuer_key& rsa_key() {
  static const issuer_key key{signature_algorithm::rs256};
  return key;
}

inline const issuer_key& p256_key() {
  static const issuer_key key{signature_algorithm::es256};
  return key;
}

} // namespace signalbox::test
