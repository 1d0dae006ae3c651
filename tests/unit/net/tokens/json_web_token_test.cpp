#include "net/tokens/json_web_token.hpp"

#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;

namespace {

using time_point = std::chrono::system_clock::time_point;

constexpr auto hs256 = R"({"alg":"HS256"})";

std::string unsigned_token(std::string_view header, std::string_view claims) {
  return signing_input(header, claims) + '.';
}

bool is_read(const std::string& text) {
  return read_json_web_token(text, "rooms").has_value();
}

/// REQUIRES: the token is well-formed. Nothing else than what is compared may
/// be used: the text is gone.
json_web_token with_claims(const std::string& claims,
                           std::string_view rooms_claim = "rooms") {
  const auto text = unsigned_token(hs256, claims);
  auto result = read_json_web_token(text, rooms_claim);
  REQUIRE(result);
  result->signed_text = {};
  return std::move(*result);
}

bool takes_claims(const std::string& claims) {
  return is_read(unsigned_token(hs256, claims));
}

bool takes_header(const std::string& header) {
  return is_read(unsigned_token(header, "{}"));
}

time_point at(std::chrono::seconds seconds) {
  return time_point{seconds};
}

} // namespace

TEST_CASE("json_web_token: the example of RFC 7519 is cut into its parts",
          "[tokens][json_web_token]") {
  const auto text =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"sv;
  const auto token = read_json_web_token(text, "rooms");
  REQUIRE(token);
  CHECK(token->algorithm == signature_algorithm::hs256);
  CHECK_FALSE(token->kid);
  CHECK(token->signed_text == text.substr(0, text.rfind('.')));
  CHECK(token->signature.size() == 32);
  CHECK(token->issuer == "joe");
  CHECK(token->expiry == at(1300819380s));
  CHECK_FALSE(token->not_before);
  CHECK(token->audiences.empty());
  CHECK_FALSE(token->subject);
  CHECK(token->rooms.empty());
}

TEST_CASE("json_web_token: three parts, no more and no fewer",
          "[tokens][json_web_token]") {
  const auto header = encode_base64url(hs256);
  const auto claims = encode_base64url("{}");
  CHECK(is_read(header + '.' + claims + ".AA"));
  CHECK(is_read(header + '.' + claims + '.'));
  for (const auto& text :
       {""s, "."s, ".."s, "..."s, header, header + '.' + claims, header + ".."s,
        '.' + claims + '.', header + '.' + claims + ".AA.",
        header + '.' + claims + ".AA.AA", header + '.' + claims + ".AA.AA.AA",
        ' ' + header + '.' + claims + ".AA", header + '.' + claims + ".AA "}) {
    CAPTURE(text);
    CHECK_FALSE(is_read(text));
  }
}

TEST_CASE("json_web_token: a part that is no base64url is malformed",
          "[tokens][json_web_token]") {
  const auto header = encode_base64url(hs256);
  const auto claims = encode_base64url("{}");
  REQUIRE(is_read(header + '.' + claims + ".AA"));
  CHECK_FALSE(is_read(header + "=." + claims + ".AA"));
  CHECK_FALSE(is_read(header + '.' + claims + "=.AA"));
  CHECK_FALSE(is_read(header + '.' + claims + ".AA=="));
  CHECK_FALSE(is_read(header + '.' + claims + ".A/"));
  CHECK_FALSE(is_read(header + '.' + claims + ".AB"));
  CHECK_FALSE(is_read(header + '.' + claims + ".A"));
}

TEST_CASE("json_web_token: 16 KiB pass and a byte more does not",
          "[tokens][json_web_token]") {
  auto text = unsigned_token(hs256, "{}");
  text.append(16 * 1024 - text.size(), 'A');
  // Its number of digits decides whether it is base64url.
  while (!is_read(text))
    text.insert(0, encode_base64url("   ")).erase(text.size() - 4);
  REQUIRE(text.size() == token_bytes_max);
  const auto one_more = "IAAg" + text;
  CHECK_FALSE(is_read(one_more));
}

TEST_CASE("json_web_token: a header that is no JSON object is malformed",
          "[tokens][json_web_token]") {
  REQUIRE(takes_header(hs256));
  for (auto header : {"", "x", "[]", "\"HS256\"", "null", "{", "{}",
                      R"({"alg":"HS256"}x)", "{\"alg\":\"HS256\xff\"}"})
    CHECK_FALSE(takes_header(header));
}

TEST_CASE("json_web_token: a repeated member is malformed",
          "[tokens][json_web_token]") {
  CHECK_FALSE(takes_header(R"({"alg":"none","alg":"HS256"})"));
  CHECK_FALSE(takes_header(R"({"alg":"HS256","typ":"JWT","typ":"JWT"})"));
  CHECK_FALSE(takes_claims(R"({"rooms":["a"],"rooms":["b"]})"));
  CHECK_FALSE(takes_claims(R"({"x":{"y":1,"y":2}})"));
}

TEST_CASE("json_web_token: alg is a string, and in its own case",
          "[tokens][json_web_token]") {
  CHECK_FALSE(takes_header(R"({"typ":"JWT"})"));
  CHECK_FALSE(takes_header(R"({"alg":null})"));
  CHECK_FALSE(takes_header(R"({"alg":["HS256"]})"));
  for (auto name :
       {"none", "None", "hs256", "HS256 ", "", "ES256K", "Ed25519"}) {
    CAPTURE(name);
    const auto text = unsigned_token(R"({"alg":")" + std::string{name} + "\"}",
                                     "{}");
    const auto token = read_json_web_token(text, "rooms");
    REQUIRE(token);
    CHECK_FALSE(token->algorithm);
  }
}

TEST_CASE("json_web_token: a kid that is no string is none",
          "[tokens][json_web_token]") {
  const auto text = unsigned_token(R"({"alg":"RS256","kid":"a\u0062"})", "{}");
  const auto token = read_json_web_token(text, "rooms");
  REQUIRE(token);
  CHECK(token->kid == "ab");
  for (auto value : {"1", "null", "[\"a\"]", "{}"}) {
    const auto other = unsigned_token(
      R"({"alg":"RS256","kid":)" + std::string{value} + "}", "{}");
    const auto without = read_json_web_token(other, "rooms");
    REQUIRE(without);
    CHECK_FALSE(without->kid);
  }
}

TEST_CASE("json_web_token: an extension that has to be understood is malformed",
          "[tokens][json_web_token]") {
  CHECK_FALSE(takes_header(R"({"alg":"HS256","crit":["b64"],"b64":false})"));
  CHECK_FALSE(takes_header(R"({"alg":"HS256","crit":[]})"));
  CHECK_FALSE(takes_header(R"({"alg":"HS256","crit":null})"));
}

TEST_CASE("json_web_token: members that name keys are nothing to us",
          "[tokens][json_web_token]") {
  CHECK(takes_header(R"({"alg":"RS256","jwk":{"kty":"oct","k":"AA"},"x5c":[1],)"
                     R"("jku":"http://127.0.0.1/","x5u":7,"typ":9,"cty":[]})"));
}

TEST_CASE("json_web_token: claims that are no JSON object are malformed",
          "[tokens][json_web_token]") {
  REQUIRE(takes_claims("{}"));
  for (auto claims : {"", "x", "[]", "1", "null", "{}{}", "{\"a\":\"\xc3\"}"})
    CHECK_FALSE(takes_claims(claims));
}

TEST_CASE("json_web_token: a date is a number of the years 0 to 9999",
          "[tokens][json_web_token]") {
  for (const auto& name : {"exp"s, "nbf"s}) {
    for (auto value : {"0", "1", "-1", "1700000000", "1700000000.5", "1.7e9",
                       "253402300799", "-62167219200"}) {
      CAPTURE(name, value);
      CHECK(takes_claims("{\"" + name + "\":" + value + "}"));
    }
    for (auto value : {"\"1700000000\"", "null", "true", "[]", "{}",
                       "253402300800", "1700000000000", "-62167219201",
                       "18446744073709551615", "1e300", "-1e300", "1e400"}) {
      CAPTURE(name, value);
      CHECK_FALSE(takes_claims("{\"" + name + "\":" + value + "}"));
    }
  }
}

TEST_CASE("json_web_token: a date keeps its fraction",
          "[tokens][json_web_token]") {
  CHECK(with_claims(R"({"exp":1700000000.5})").expiry
        == at(1700000000s) + 500ms);
  CHECK(with_claims(R"({"nbf":-0.25})").not_before == at(0s) - 250ms);
  CHECK(with_claims(R"({"exp":1.7e9})").expiry == at(1700000000s));
}

TEST_CASE("json_web_token: a date that the clock cannot tell is at its end",
          "[tokens][json_web_token]") {
  CHECK(with_claims(R"({"exp":9223372035})").expiry == at(9223372035s));
  CHECK(with_claims(R"({"exp":9223372036})").expiry == time_point::max());
  CHECK(with_claims(R"({"exp":9999999999.9})").expiry == time_point::max());
  CHECK(with_claims(R"({"nbf":-9223372036})").not_before == at(-9223372036s));
  CHECK(with_claims(R"({"nbf":-9223372037})").not_before == time_point::min());
}

TEST_CASE("json_web_token: an iss or sub that is no string is none",
          "[tokens][json_web_token]") {
  const auto token = with_claims(R"({"iss":"i","sub":"s"})");
  CHECK(token.issuer == "i");
  CHECK(token.subject == "s");
  for (auto value : {"1", "null", "[\"i\"]", "{}", "false"}) {
    CHECK_FALSE(with_claims("{\"iss\":" + std::string{value} + "}").issuer);
    CHECK_FALSE(with_claims("{\"sub\":" + std::string{value} + "}").subject);
  }
}

TEST_CASE("json_web_token: a subject of over 255 bytes is none",
          "[tokens][json_web_token]") {
  const std::string longest(255, 'x');
  CHECK(with_claims(R"({"sub":")" + longest + "\"}").subject == longest);
  CHECK_FALSE(with_claims(R"({"sub":")" + longest + "x\"}").subject);
}

TEST_CASE("json_web_token: aud is a string, or the strings of an array",
          "[tokens][json_web_token]") {
  using names = std::vector<std::string>;
  CHECK(with_claims(R"({"aud":"a"})").audiences == names{"a"});
  CHECK(with_claims(R"({"aud":["a","b"]})").audiences == names{"a", "b"});
  CHECK(with_claims(R"({"aud":[]})").audiences.empty());
  CHECK(with_claims(R"({"aud":["a",1]})").audiences == names{"a"});
  for (auto value : {"1", "null", "{}", "[[\"a\"]]", "[null]"})
    CHECK(
      with_claims("{\"aud\":" + std::string{value} + "}").audiences.empty());
}

TEST_CASE("json_web_token: rooms are the strings of an array and nothing else",
          "[tokens][json_web_token]") {
  using names = std::vector<std::string>;
  CHECK(with_claims(R"({"rooms":["a","b*"]})").rooms == names{"a", "b*"});
  CHECK(with_claims(R"({"rooms":[1,"a",null,["b"],{"c":"d"}]})").rooms
        == names{"a"});
  for (auto value : {"\"a\"", "1", "null", "{\"a\":\"b\"}", "true", "[]"})
    CHECK(with_claims("{\"rooms\":" + std::string{value} + "}").rooms.empty());
}

TEST_CASE("json_web_token: the rooms claim has the name it is given",
          "[tokens][json_web_token]") {
  const auto claims = R"({"rooms":["a"],"https://x.example/r":["b"]})";
  CHECK(with_claims(claims, "https://x.example/r").rooms
        == std::vector<std::string>{"b"});
  CHECK(with_claims(claims, "other").rooms.empty());
}

TEST_CASE("json_web_token: the rooms claim may be a registered one",
          "[tokens][json_web_token]") {
  const auto token = with_claims(R"({"aud":["a","b"]})", "aud");
  CHECK(token.rooms == token.audiences);
}
