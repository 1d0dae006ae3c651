// What one who has the secret may and may not claim, and what one without it
// gets. Keys of an issuer: token_authority_keys_test.cpp.

#include "net/tokens/token_authority.hpp"

#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

namespace {

using time_point = std::chrono::system_clock::time_point;

constexpr auto secret = "0123456789abcdef0123456789abcdef";
constexpr time_point now{1'700'000'000s};

options with_secret() {
  options result;
  result.enable_auth = true;
  result.jwt_secret = secret;
  return result;
}

token_verdict judged(const options& settings, std::string_view token,
                     std::string_view room = "room", time_point at = now,
                     key_wish wish = key_wish::allowed) {
  return token_authority{settings}.judge(token, room, at, wish);
}

/// Signed as it should be.
std::string token_with(std::string_view claims) {
  return make_token(hs256, secret, claims);
}

token_verdict judged_claims(const options& settings, std::string_view claims,
                            std::string_view room = "room",
                            time_point at = now) {
  return judged(settings, token_with(claims), room, at);
}

void check_granted(const token_verdict& verdict) {
  CHECK(verdict.error == ec::none);
  CHECK(verdict.reason == "");
  CHECK_FALSE(verdict.wants_keys);
}

void check_refused(const token_verdict& verdict, std::string_view reason,
                   ec error = ec::unauthorized) {
  CHECK(verdict.error == error);
  CHECK(verdict.reason == reason);
  CHECK_FALSE(verdict.wants_keys);
  CHECK(verdict.subject.empty());
}

constexpr auto good = R"({"exp":1700000060,"rooms":["room"],"sub":"ann"})";

/// Claims with that list of rooms, in JSON.
std::string with_rooms(const std::string& rooms) {
  return R"({"exp":1700000060,"rooms":)" + rooms + '}';
}

/// Claims with these members behind those that make it good.
std::string good_and(const std::string& members) {
  return R"({"exp":1700000060,"rooms":["room"],)" + members + '}';
}

} // namespace

TEST_CASE(
  "token_authority: a good token grants its room, says who, and until "
  "when",
  "[tokens][token_authority]") {
  const auto verdict = judged_claims(with_secret(), good);
  check_granted(verdict);
  CHECK(verdict.subject == "ann");
  CHECK(verdict.ends_at == now + 60s);
}

TEST_CASE("token_authority: no token is refused", "[tokens][token_authority]") {
  check_refused(judged(with_secret(), ""), "no token");
}

TEST_CASE("token_authority: what is no token is malformed",
          "[tokens][token_authority]") {
  const auto token = token_with(good);
  for (const auto& text : {"x"s, "..."s, "a.b.c"s, token + ' ', ' ' + token,
                           token + '=', token + ".", '"' + token + '"',
                           "Bearer " + token, std::string(20'000, 'A')})
    check_refused(judged(with_secret(), text), "malformed");
}

TEST_CASE("token_authority: alg none is refused, however it is spelt",
          "[tokens][token_authority]") {
  for (auto name : {"none", "None", "NONE", "nOnE", ""}) {
    const auto text = signing_input(R"({"alg":")" + std::string{name} + "\"}",
                                    good);
    check_refused(judged(with_secret(), text + '.'), "algorithm");
    check_refused(judged(with_secret(), text + '.'
                                          + encode_base64url(sign_with_secret(
                                            hs256, secret, text))),
                  "algorithm");
  }
}

TEST_CASE("token_authority: an algorithm that is not listed is refused",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  for (auto algorithm : {hs384, hs512})
    check_refused(judged(settings, make_token(algorithm, secret, good)),
                  "algorithm");
  settings.jwt_alg = {hs512, hs384};
  check_granted(judged(settings, make_token(hs384, secret, good)));
  check_granted(judged(settings, make_token(hs512, secret, good)));
  check_refused(judged(settings, token_with(good)), "algorithm");
}

TEST_CASE("token_authority: a token signed with another secret is refused",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "other", good)),
                "signature");
}

TEST_CASE("token_authority: a token without a signature is refused",
          "[tokens][token_authority]") {
  const auto text = signing_input(R"({"alg":"HS256"})", good);
  check_refused(judged(with_secret(), text + '.'), "signature");
}

TEST_CASE("token_authority: claims put in the place of signed ones are refused",
          "[tokens][token_authority]") {
  const auto token = token_with(with_rooms("[]"));
  const auto better = signing_input(R"({"alg":"HS256","typ":"JWT"})", good);
  check_refused(judged(with_secret(), better + token.substr(token.rfind('.'))),
                "signature");
}

TEST_CASE("token_authority: a token with any letter changed grants nothing",
          "[tokens][token_authority]") {
  const token_authority authority{with_secret()};
  const auto token = token_with(good);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (char c : {'A', 'B', '.', '='}) {
      auto other = token;
      other[i] = c;
      CHECK((other == token)
            == (authority.judge(other, "room", now, key_wish::allowed).error
                == ec::none));
    }
  }
}

TEST_CASE("token_authority: during a rotation both secrets are good",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_secret_previous = "the one before";
  check_granted(judged(settings, token_with(good)));
  check_granted(judged(settings, make_token(hs256, "the one before", good)));
  check_refused(judged(settings,
                       make_token(hs256, "the one before that", good)),
                "signature");
}

TEST_CASE("token_authority: the secret before is none once it is unset",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "before", good)),
                "signature");
}

TEST_CASE("token_authority: an empty secret signs nothing",
          "[tokens][token_authority]") {
  check_refused(judged(with_secret(), make_token(hs256, "", good)),
                "signature");
  check_refused(judged(options{}, make_token(hs256, "", good)), "no secret");
}

TEST_CASE("token_authority: a secret may have one byte",
          "[tokens][token_authority]") {
  options settings;
  settings.jwt_secret = "x";
  check_granted(judged(settings, make_token(hs256, "x", good)));
}

TEST_CASE("token_authority: with a secret the kid says nothing",
          "[tokens][token_authority]") {
  const auto token = make_token(R"({"alg":"HS256","kid":"any"})", good,
                                [](const std::string& text) {
                                  return sign_with_secret(hs256, secret, text);
                                });
  check_granted(judged(with_secret(), token));
}

TEST_CASE("token_authority: keys in a token's header are not believed",
          "[tokens][token_authority]") {
  const auto token =
    make_token(R"({"alg":"HS256","jwk":{"kty":"oct","k":"b3RoZXI"}})", good,
               [](const std::string& text) {
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
    return judged_claims(with_secret(), good, "room", time);
  };
  check_granted(at(now + 60s - 1ns));
  check_refused(at(now + 60s), "expired");
  check_refused(at(now + 60s + 1ns), "expired");
}

TEST_CASE("token_authority: the leeway moves the end, of the session too",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_leeway = 30s;
  const auto verdict = judged_claims(settings, good, "room", now + 90s - 1ns);
  check_granted(verdict);
  CHECK(verdict.ends_at == now + 90s);
  check_refused(judged_claims(settings, good, "room", now + 90s), "expired");
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
  check_refused(at(now + 10s - 1ns), "not yet valid");
  check_granted(at(now + 10s));
  check_refused(at(now + 5s - 1ns, 5s), "not yet valid");
  check_granted(at(now + 5s, 5s));
}

TEST_CASE("token_authority: an nbf beyond what the clock can tell never comes",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_leeway = 60s;
  check_refused(judged_claims(settings, good_and(R"("nbf":9999999999)")),
                "not yet valid");
  check_granted(judged_claims(settings, good_and(R"("nbf":-62167219200)")));
}

TEST_CASE("token_authority: iss is what it must be, to the letter",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_issuer = "https://auth.example.com";
  check_granted(
    judged_claims(settings, good_and(R"("iss":"https://auth.example.com")")));
  for (auto issuer : {"https://auth.example.com/", "https://auth.example.co",
                      "HTTPS://AUTH.EXAMPLE.COM", ""})
    check_refused(
      judged_claims(settings,
                    good_and(R"("iss":")" + std::string{issuer} + '"')),
      "issuer");
  check_refused(judged_claims(settings, good), "issuer");
}

TEST_CASE("token_authority: iss may be anything if none is configured",
          "[tokens][token_authority]") {
  check_granted(judged_claims(with_secret(), good_and(R"("iss":"any")")));
}

TEST_CASE("token_authority: aud is, or holds, what it must",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_audience = "signalbox";
  for (auto audience :
       {R"("signalbox")", R"(["signalbox"])", R"(["other","signalbox"])"})
    check_granted(
      judged_claims(settings, good_and(R"("aud":)" + std::string{audience})));
  for (auto audience : {R"("other")", "[]", R"(["other"])", R"("")",
                        R"(["signalbo"])", R"("signalbox ")"})
    check_refused(judged_claims(settings,
                                good_and(R"("aud":)" + std::string{audience})),
                  "audience");
  check_refused(judged_claims(settings, good), "audience");
}

TEST_CASE("token_authority: aud may be anything if none is configured",
          "[tokens][token_authority]") {
  check_granted(judged_claims(with_secret(), good_and(R"("aud":"any")")));
}

TEST_CASE(
  "token_authority: a rooms claim that is no list of names grants "
  "nothing",
  "[tokens][token_authority]") {
  check_refused(judged_claims(with_secret(), R"({"exp":1700000060})"), "room",
                ec::room_forbidden);
  for (auto rooms : {R"("room")", R"("*")", "[]", "null", "true", "1",
                     R"({"room":true})", R"({"0":"room"})", R"([["room"]])",
                     "[null]", "[true]", R"([{"room":1}])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: a name grants that room alone",
          "[tokens][token_authority]") {
  for (auto rooms : {R"(["other","room"])", R"([7,"room",null])"})
    check_granted(judged_claims(with_secret(), with_rooms(rooms)));
  for (auto rooms :
       {R"(["Room"])", R"(["roo"])", R"(["room2"])", R"(["room "])", R"([""])",
        R"(["r?om"])", R"(["*room"])", R"(["r*m"])", R"([".*m"])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: an entry that ends in a star is a prefix",
          "[tokens][token_authority]") {
  for (auto rooms :
       {R"(["*"])", R"(["r*"])", R"(["room*"])", R"(["x","roo*"])"})
    check_granted(judged_claims(with_secret(), with_rooms(rooms)));
  for (auto rooms :
       {R"(["room2*"])", R"(["x*"])", R"(["R*"])", R"(["**"])", R"(["r*m*"])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: the rooms claim has the configured name",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_rooms_claim = "https://x.example/rooms";
  check_granted(judged_claims(
    settings, R"({"exp":1700000060,"https://x.example/rooms":["room"]})"));
  check_refused(judged_claims(settings, good), "room", ec::room_forbidden);
}

TEST_CASE("token_authority: of many faults the first in order is told",
          "[tokens][token_authority]") {
  auto settings = with_secret();
  settings.jwt_issuer = "i";
  settings.jwt_audience = "a";
  const auto reason = [&](const std::string& claims, const char* key = secret) {
    return std::string{judged(settings, make_token(hs256, key, claims)).reason};
  };
  CHECK(reason(R"({"exp":1})", "other") == "signature");
  CHECK(reason(R"({"nbf":9999999999})") == "no expiry");
  CHECK(reason(R"({"exp":1,"nbf":9999999999})") == "expired");
  CHECK(reason(R"({"exp":1700000060,"nbf":9999999999})") == "not yet valid");
  CHECK(reason(R"({"exp":1700000060})") == "issuer");
  CHECK(reason(R"({"exp":1700000060,"iss":"i"})") == "audience");
  CHECK(reason(R"({"exp":1700000060,"iss":"i","aud":"a"})") == "room");
}
