// Nobody passes off a key for something that it is not (RFC 8725 §2.1).

#include "tests/support/token_fixture.hpp"

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include <memory>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

namespace {

std::string pem_of(const issuer_key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()),
                                                      BIO_free};
  REQUIRE(PEM_write_bio_PUBKEY(out.get(), key.native()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

} // namespace

TEST_CASE("token_authority: a public key is no secret, in whatever form",
          "[tokens][token_authority_confusion]") {
  auto settings = with_key_server();
  settings.jwt_alg = {rs256, hs256};
  const auto jwk = rsa_key().jwk(kid("r"));
  const auto n = jwk.substr(jwk.find("\"n\":\"") + 5, 342);
  for (const auto& stolen : {jwk, make_key_set(jwk), n, pem_of(rsa_key())}) {
    const auto token = make_token(hs256, stolen, good_claims);
    issuer_fixture issuer{settings};
    issuer.publish(jwk);
    check_refused(issuer.judge(token), "no secret");
    settings.jwt_secret = "0123456789abcdef";
    issuer_fixture both{settings};
    both.publish(jwk);
    check_refused(both.judge(token), "signature");
    settings.jwt_secret.clear();
  }
}

TEST_CASE("token_authority: a secret that is published is none",
          "[tokens][token_authority_confusion]") {
  auto settings = with_key_server();
  settings.jwt_alg = {rs256, hs256};
  issuer_fixture issuer{settings};
  issuer.publish(R"({"kty":"oct","k":"c2VjcmV0","kid":"o","alg":"HS256"})");
  check_refused(issuer.judge(make_token(hs256, "secret", good_claims)),
                "no secret");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a token's own key is not believed",
                 "[tokens][token_authority_confusion]") {
  publish(rsa_key().jwk(kid("r")));
  const issuer_key own{rs256};
  const auto token = make_token(
    R"({"alg":"RS256","kid":"r","jwk":)" + own.jwk(kid("r")) + '}', good_claims,
    [&](const std::string& text) { return own.sign(text); });
  check_refused(judge(token), "signature");
}
