// One token, from its text to a verdict, next to what OpenSSL alone takes for
// the same bytes with a key that is ready.

#include "net/tokens/token_authority.hpp"
#include "tests/support/token_maker.hpp"

#include <benchmark/benchmark.h>
#include <openssl/crypto.h>

#include <memory>
#include <stdexcept>

using namespace signalbox;
using namespace std::chrono_literals;
using test::bytes_of;
using enum signature_algorithm;

namespace {

constexpr auto secret = "0123456789abcdef0123456789abcdef";
constexpr std::chrono::system_clock::time_point now{1'700'000'000s};

/// What issuers put into a token, 200 bytes.
constexpr auto claims =
  R"({"iss":"https://auth.example.com","sub":"user-4711","aud":"signalbox",)"
  R"("iat":1699999940,"nbf":1699999940,"exp":1700003600,)"
  R"("jti":"0b5d9a0e-1c1a-4d53-9d6e-6f1f0a6f9c11","rooms":["standup","room-*"]})";

const test::issuer_key& key_of(signature_algorithm algorithm) {
  static const test::issuer_key rsa{rs256};
  static const test::issuer_key p256{es256};
  static const test::issuer_key ed25519{eddsa};
  return algorithm == rs256 ? rsa : algorithm == es256 ? p256 : ed25519;
}

std::string token_of(signature_algorithm algorithm) {
  return algorithm == hs256
           ? test::make_token(algorithm, secret, claims)
           : test::make_token(algorithm, key_of(algorithm), "key", claims);
}

std::unique_ptr<token_authority> authority_for(signature_algorithm algorithm) {
  options settings;
  settings.jwt_alg = {algorithm};
  settings.jwt_secret = secret;
  settings.jwt_issuer = "https://auth.example.com";
  settings.jwt_audience = "signalbox";
  settings.jwt_jwks_url = "https://auth.example.com/keys";
  auto result = std::make_unique<token_authority>(settings);
  if (algorithm != hs256) {
    const auto jwk = key_of(algorithm).jwk(R"(,"kid":"key")");
    result->publish(read_key_set(test::make_key_set(jwk)).keys,
                    std::chrono::steady_clock::time_point::max());
  }
  return result;
}

void judge(benchmark::State& state, signature_algorithm algorithm) {
  const auto authority = authority_for(algorithm);
  const auto token = token_of(algorithm);
  const auto once = [&] {
    return authority->judge(token, "room-7", now, key_wish::allowed);
  };
  if (once().error != ec::none)
    return state.SkipWithError("not granted");
  for (auto _ : state)
    benchmark::DoNotOptimize(once());
  state.SetItemsProcessed(state.iterations());
}

/// Form, header and claims; no signature.
void read(benchmark::State& state) {
  const auto token = token_of(hs256);
  for (auto _ : state)
    benchmark::DoNotOptimize(read_json_web_token(token, "rooms"));
  state.SetItemsProcessed(state.iterations());
}

void bare_hmac(benchmark::State& state) {
  const auto token = token_of(hs256);
  const auto text = token.substr(0, token.rfind('.'));
  const auto right = test::sign_with_secret(hs256, secret, text);
  auto* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  auto* ready = EVP_MAC_CTX_new(hmac);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[]{
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
    OSSL_PARAM_construct_end()};
  EVP_MAC_init(ready, bytes_of(secret), 32, parameters);
  for (auto _ : state) {
    auto* context = EVP_MAC_CTX_dup(ready);
    unsigned char mac[EVP_MAX_MD_SIZE];
    std::size_t size = 0;
    EVP_MAC_update(context, bytes_of(text), text.size());
    EVP_MAC_final(context, mac, &size, sizeof mac);
    EVP_MAC_CTX_free(context);
    if (CRYPTO_memcmp(mac, right.data(), size) != 0)
      return state.SkipWithError("wrong");
  }
  state.SetItemsProcessed(state.iterations());
  EVP_MAC_CTX_free(ready);
  EVP_MAC_free(hmac);
}

void bare_key(benchmark::State& state, signature_algorithm algorithm) {
  auto* key = key_of(algorithm).native();
  const auto* digest = test::digest_of(algorithm);
  const auto token = token_of(algorithm);
  const auto text = token.substr(0, token.rfind('.'));
  // As OpenSSL makes it: an EC signature in DER.
  auto* signer = EVP_MD_CTX_new();
  std::string signature(512, '\0');
  auto size = signature.size();
  EVP_DigestSignInit(signer, nullptr, digest, nullptr, key);
  EVP_DigestSign(signer, reinterpret_cast<unsigned char*>(signature.data()),
                 &size, bytes_of(text), text.size());
  EVP_MD_CTX_free(signer);
  for (auto _ : state) {
    auto* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key);
    const auto verdict = EVP_DigestVerify(context, bytes_of(signature), size,
                                          bytes_of(text), text.size());
    EVP_MD_CTX_free(context);
    if (verdict != 1)
      return state.SkipWithError("wrong");
  }
  state.SetItemsProcessed(state.iterations());
}

/// One key of each kind; the set is read once in JWKS_CACHE_TTL.
void read_keys(benchmark::State& state) {
  const auto text = test::make_key_set(key_of(rs256).jwk() + ','
                                       + key_of(es256).jwk() + ','
                                       + key_of(eddsa).jwk());
  for (auto _ : state)
    benchmark::DoNotOptimize(read_key_set(text));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(judge, HS256, hs256);
BENCHMARK(bare_hmac)->Name("bare/HS256");
BENCHMARK_CAPTURE(judge, RS256, rs256);
BENCHMARK_CAPTURE(bare_key, RS256, rs256)->Name("bare/RS256");
BENCHMARK_CAPTURE(judge, ES256, es256);
BENCHMARK_CAPTURE(bare_key, ES256, es256)->Name("bare/ES256");
BENCHMARK_CAPTURE(judge, EdDSA, eddsa);
BENCHMARK_CAPTURE(bare_key, EdDSA, eddsa)->Name("bare/EdDSA");
BENCHMARK(read);
BENCHMARK(read_keys);

} // namespace
