// Form, algorithm, secret and time of a token. Other claims:
// token_authority_claims_test.cpp; keys of an issuer:
// token_authority_keys_test.cpp.

#include "tests/support/token_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

namespace {

using time_point = std::chrono::system_clock::time_point;

/// Signed as it should be.
std::string token_with(std::string_view claims) {
  return make_token(hs256, authority_secret, claims);
}

} // namespace

TEST_CASE(
  "token_authority: a good token grants its room, says who, and until "
  "when",
  "[tokens][token_authority]") {
  const auto verdict = judged_claims(with_secret(), good_claims);
  check_granted(verdict);
  CHECK(verdict.subject == "ann");
  CHECK(verdict.ends_at == authority_now + 60s);
}

TEST_CASE("token_authority: no token is refused", "[tokens][token_authority]") {
  check_refused(judged(with_secret(), ""), "no token");
}

TEST_CASE("token_authority: what is no token is malformed",
          "[tokens][token_authority]") {
  const auto token = token_with(good_claims);
  for (const auto& text : {"x"s, "..."s, "a.b.c"s, token + ' ', ' ' + token,
                           token + '=', token + ".", '"' + token + '"',
                           "Bearer " + token, std::string(20'000, 'A')})
    check_refused(judged(with_secret(), text), "malformed");
}

TEST_CASE("token_authority: alg none is refused, however it is spelt",
          "[tokens][token_authority]") {
  for (auto name : {"none", "None", "NONE", "nOnE", ""}) {
    const auto text = signing_input(R"({"alg":")" + std::string{name} + "\"}",
                                    good_claims);
    check_refused(judged(with_secret(), text + '.'), "algorithm");
    check_refused(judged(with_secret(), text + '.'
                                          + encode_base64url(sign_with_secret(
                                            hs256, authority_secret, text))),
                  "algorithm");
  }
}

TEST_CASE("token_authority: an algorithm that is not listed is refused",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  for (auto algorithm : {hs384, hs512})
    check_refused(judged(settings,
                         make_token(algorithm, authority_secret, good_claims)),
                  "algorithm");
  settings.jwt_alg = {hs512, hs384};
  check_granted(
    judged(settings, make_token(hs384, authority_secret, good_claims)));
  check_granted(
    judged(settings, make_token(hs512, authority_secret, good_claims)));
  check_refused(judged(settings, token_with(good_claims)), "algorithm");
}

TEST_CASE("token_authority: a token signed with another secret is refused",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "other", good_claims)),
                "signature");
}

TEST_CASE("token_authority: a token without a signature is refused",
          "[tokens][token_authority]") {
  const auto text = signing_input(R"({"alg":"HS256"})", good_claims);
  check_refused(judged(with_secret(), text + '.'), "signature");
}

TEST_CASE("token_authority: claims put in the place of signed ones are refused",
          "[tokens][token_authority]") {
  const auto token = token_with(with_rooms("[]"));
  const auto better = signing_input(R"({"alg":"HS256","typ":"JWT"})",
                                    good_claims);
  check_refused(judged(with_secret(), better + token.substr(token.rfind('.'))),
                "signature");
}

TEST_CASE("token_authority: a token with any letter changed grants nothing",
          "[tokens][token_authority]") {
  const token_authority authority{with_secret()};
  const auto token = token_with(good_claims);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (char c : {'A', 'B', '.', '='}) {
      auto other = token;
      other[i] = c;
      CHECK((other == token)
            == (authority.judge(other, "room", authority_now, key_wish::allowed)
                  .error
                == ec::none));
    }
  }
}

TEST_CASE("token_authority: during a rotation both secrets are good",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_secret_previous = "the one before";
  check_granted(judged(settings, token_with(good_claims)));
  check_granted(
    judged(settings, make_token(hs256, "the one before", good_claims)));
  check_refused(judged(settings,
                       make_token(hs256, "the one before that", good_claims)),
                "signature");
}

TEST_CASE("token_authority: the secret before is none once it is unset",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "before", good_claims)),
                "signature");
}

TEST_CASE("token_authority: an empty secret signs nothing",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "", good_claims)),
                "signature");
  check_refused(judged(options{}, make_token(hs256, "", good_claims)),
                "no secret");
}

TEST_CASE("token_authority: a secret may have one byte",
          "[tokens][token_authority]") {
  options settings;
  settings.jwt_secret = "x";
  check_granted(judged(settings, make_token(hs256, "x", good_claims)));
}

TEST_CASE("token_authority: with a secret the kid says nothing",
          "[tokens][token_authority]") {
  const auto token = make_token(
    R"({"alg":"HS256","kid":"any"})", good_claims, [](const std::string& text) {
      return sign_with_secret(hs256, authority_secret, text);
    });
  check_granted(judged(with_secret(), token));
}

TEST_CASE("token_authority: keys in a token's header are not believed",
          "[tokens][token_authority]") {
  const auto token =
    make_token(R"({"alg":"HS256","jwk":{"kty":"oct","k":"b3RoZXI"}})",
               good_claims, [](const std::string& text) {
                 return sign_with_secret(hs256, "other", text);
               });
  check_refused(judged(with_secret(), token), "signature");
}

TEST_CASE("token_authority: a token without exp is refused",
          "[tokens][token_authority]") {
  check_refused(judged_claims(with_secret(), R"({"rooms":["room"]})"),
                "no expiry");
}

TEST_CASE("token_authority: a token is good until its exp, and not at it",
          "[tokens][token_authority]") {
  const auto at = [](time_point time) {
    return judged_claims(with_secret(), good_claims, "room", time);
  };
  check_granted(at(authority_now + 60s - 1ns));
  check_refused(at(authority_now + 60s), "expired");
  check_refused(at(authority_now + 60s + 1ns), "expired");
}

TEST_CASE("token_authority: the leeway moves the end, of the session too",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_leeway = 30s;
  const auto verdict = judged_claims(settings, good_claims, "room",
                                     authority_now + 90s - 1ns);
  check_granted(verdict);
  CHECK(verdict.ends_at == authority_now + 90s);
  check_refused(judged_claims(settings, good_claims, "room",
                              authority_now + 90s),
                "expired");
}

TEST_CASE("token_authority: an exp that the clock cannot tell is its end",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_leeway = 60s;
  for (auto exp : {"9223372036", "9223372030", "253402300799"}) {
    const auto verdict = judged_claims(settings, R"({"rooms":["room"],"exp":)"
                                                   + std::string{exp} + '}');
    check_granted(verdict);
    CHECK(verdict.ends_at == time_point::max());
  }
}

TEST_CASE("token_authority: an exp of long ago is expired",
          "[tokens][token_authority]") {
  for (auto exp : {"0", "-1", "-62167219200", "1.5"})
    check_refused(judged_claims(with_secret(), R"({"rooms":["room"],"exp":)"
                                                 + std::string{exp} + '}'),
                  "expired");
}

TEST_CASE("token_authority: a token is good from its nbf on",
          "[tokens][token_authority]") {
  const auto at = [](time_point time, std::chrono::seconds leeway = 0s) {
    auto settings = with_secret();
    settings.jwt_leeway = leeway;
    return judged_claims(settings, good_and(R"("nbf":1700000010)"), "room",
                         time);
  };
  check_refused(at(authority_now + 10s - 1ns), "not yet valid");
  check_granted(at(authority_now + 10s));
  check_refused(at(authority_now + 5s - 1ns, 5s), "not yet valid");
  check_granted(at(authority_now + 5s, 5s));
}

TEST_CASE("token_authority: an nbf beyond what the clock can tell never comes",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_leeway = 60s;
  check_refused(judged_claims(settings, good_and(R"("nbf":9999999999)")),
                "not yet valid");
  check_granted(judged_claims(settings, good_and(R"("nbf":-62167219200)")));
}
