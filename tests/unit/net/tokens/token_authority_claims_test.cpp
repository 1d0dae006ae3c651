// Whose token it is, for whom, and for which rooms.

#include "tests/support/token_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

TEST_CASE("token_authority: iss is what it must be, to the letter",
          "[tokens][token_authority_claims]") {
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
  check_refused(judged_claims(settings, good_claims), "issuer");
}

TEST_CASE("token_authority: iss may be anything if none is configured",
          "[tokens][token_authority_claims]") {
  check_granted(judged_claims(with_secret(), good_and(R"("iss":"any")")));
}

TEST_CASE("token_authority: aud is, or holds, what it must",
          "[tokens][token_authority_claims]") {
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
  check_refused(judged_claims(settings, good_claims), "audience");
}

TEST_CASE("token_authority: aud may be anything if none is configured",
          "[tokens][token_authority_claims]") {
  check_granted(judged_claims(with_secret(), good_and(R"("aud":"any")")));
}

TEST_CASE(
  "token_authority: a rooms claim that is no list of names grants "
  "nothing",
  "[tokens][token_authority_claims]") {
  check_refused(judged_claims(with_secret(), R"({"exp":1700000060})"), "room",
                ec::room_forbidden);
  for (auto rooms : {R"("room")", R"("*")", "[]", "null", "true", "1",
                     R"({"room":true})", R"({"0":"room"})", R"([["room"]])",
                     "[null]", "[true]", R"([{"room":1}])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: a name grants that room alone",
          "[tokens][token_authority_claims]") {
  for (auto rooms : {R"(["other","room"])", R"([7,"room",null])"})
    check_granted(judged_claims(with_secret(), with_rooms(rooms)));
  for (auto rooms :
       {R"(["Room"])", R"(["roo"])", R"(["room2"])", R"(["room "])", R"([""])",
        R"(["r?om"])", R"(["*room"])", R"(["r*m"])", R"([".*m"])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: an entry that ends in a star is a prefix",
          "[tokens][token_authority_claims]") {
  for (auto rooms :
       {R"(["*"])", R"(["r*"])", R"(["room*"])", R"(["x","roo*"])"})
    check_granted(judged_claims(with_secret(), with_rooms(rooms)));
  for (auto rooms :
       {R"(["room2*"])", R"(["x*"])", R"(["R*"])", R"(["**"])", R"(["r*m*"])"})
    check_refused(judged_claims(with_secret(), with_rooms(rooms)), "room",
                  ec::room_forbidden);
}

TEST_CASE("token_authority: the rooms claim has the configured name",
          "[tokens][token_authority_claims]") {
  auto settings = with_secret();
  settings.jwt_rooms_claim = "https://x.example/rooms";
  check_granted(judged_claims(
    settings, R"({"exp":1700000060,"https://x.example/rooms":["room"]})"));
  check_refused(judged_claims(settings, good_claims), "room",
                ec::room_forbidden);
}

TEST_CASE("token_authority: of many faults the first in order is told",
          "[tokens][token_authority_claims]") {
  auto settings = with_secret();
  settings.jwt_issuer = "i";
  settings.jwt_audience = "a";
  const auto reason = [&](const std::string& claims,
                          const char* key = authority_secret) {
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
