#include "net/tokens/key_set.hpp"

#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using enum signature_algorithm;

namespace {

const issuer_key& rsa() {
  static const issuer_key key{rs256};
  return key;
}

const issuer_key& p256() {
  static const issuer_key key{es256};
  return key;
}

const issuer_key& ed25519() {
  static const issuer_key key{eddsa};
  return key;
}

/// REQUIRES: it is a key set.
std::shared_ptr<const key_set> read(const std::string& keys) {
  auto result = read_key_set(make_key_set(keys));
  REQUIRE(result.keys);
  return result.keys;
}

/// Whether the only key of the document is taken.
bool takes(const std::string& jwk) {
  const auto keys = read(jwk);
  REQUIRE(keys->size() + keys->skipped() == 1);
  return keys->size() == 1;
}

signature_verdict verify(const key_set& keys, signature_algorithm algorithm,
                         const issuer_key& key, const std::string& kid) {
  const auto text = make_token(algorithm, key, kid, "{}");
  const auto token = read_json_web_token(text, "rooms");
  REQUIRE(token);
  return keys.verify(*token);
}

} // namespace

TEST_CASE("key_set: keys of every kind are read and verify",
          "[tokens][key_set]") {
  const issuer_key p384{es384};
  const issuer_key p521{es512};
  const auto keys =
    read(rsa().jwk(R"(,"kid":"r")") + ',' + p256().jwk(R"(,"kid":"p")") + ','
         + p384.jwk(R"(,"kid":"q")") + ',' + p521.jwk(R"(,"kid":"s")") + ','
         + ed25519().jwk(R"(,"kid":"e")"));
  CHECK(keys->size() == 5);
  CHECK(keys->skipped() == 0);
  for (auto algorithm : {rs256, rs384, rs512, ps256, ps384, ps512})
    CHECK(verify(*keys, algorithm, rsa(), "r") == signature_verdict::good);
  CHECK(verify(*keys, es256, p256(), "p") == signature_verdict::good);
  CHECK(verify(*keys, es384, p384, "q") == signature_verdict::good);
  CHECK(verify(*keys, es512, p521, "s") == signature_verdict::good);
  CHECK(verify(*keys, eddsa, ed25519(), "e") == signature_verdict::good);
}

TEST_CASE("key_set: the example of RFC 7517 appendix A.1 is read",
          "[tokens][key_set]") {
  const auto keys = read(
    R"({"kty":"EC","crv":"P-256",)"
    R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",)"
    R"("use":"enc","kid":"1"},)"
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4)"
    R"(cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_)"
    R"(2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic)"
    R"(AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhA)"
    R"(I4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awa)"
    R"(pJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
  CHECK(keys->size() == 1);
  CHECK(keys->skipped() == 1); // it is for encryption
  CHECK(keys->knows("2011-04-29"));
  CHECK_FALSE(keys->knows("1"));
}

TEST_CASE("key_set: a key that cannot be used leaves the others in",
          "[tokens][key_set]") {
  const auto keys =
    read(R"({"kty":"oct","k":"c2VjcmV0","kid":"a"},{"kty":"NEW","kid":"b"},)"
         R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},7,null,[],{},)"
         R"({"kty":"RSA","n":"AA=","e":"AQAB"},{"kty":"OKP","crv":"X25519",)"
         R"("x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},)"
         + p256().jwk(R"(,"kid":"good")"));
  CHECK(keys->size() == 1);
  CHECK(keys->skipped() == 9);
  CHECK(verify(*keys, es256, p256(), "good") == signature_verdict::good);
}

TEST_CASE("key_set: a published secret is no key", "[tokens][key_set]") {
  CHECK_FALSE(takes(R"({"kty":"oct","k":"c2VjcmV0","alg":"HS256"})"));
}

TEST_CASE("key_set: private parts of a key are not looked at",
          "[tokens][key_set]") {
  CHECK(takes(p256().jwk(R"(,"d":7)")));
  CHECK(takes(rsa().jwk(R"(,"d":"!","p":null,"oth":{},"x5c":[],"x5u":1)")));
}

TEST_CASE("key_set: the numbers of a key are strings of base64url",
          "[tokens][key_set]") {
  const auto jwk = p256().jwk();
  REQUIRE(takes(jwk));
  const auto at = jwk.find("\"y\":\"");
  CHECK_FALSE(takes(jwk.substr(0, at) + R"("y":1})"));
  CHECK_FALSE(takes(jwk.substr(0, at - 1) + '}'));
  CHECK_FALSE(takes(jwk.substr(0, jwk.size() - 2) + R"(="})"));
}

TEST_CASE("key_set: a key is of its own type", "[tokens][key_set]") {
  auto swapped = [](std::string jwk, const std::string& from,
                    const std::string& to) {
    return jwk.replace(jwk.find(from), from.size(), to);
  };
  CHECK_FALSE(takes(swapped(p256().jwk(), R"("EC")", R"("OKP")")));
  CHECK_FALSE(takes(swapped(p256().jwk(), R"("EC")", R"("ec")")));
  CHECK_FALSE(takes(swapped(p256().jwk(), R"("EC")", "1")));
  CHECK_FALSE(takes(swapped(p256().jwk(), R"("P-256")", R"("P-384")")));
  CHECK_FALSE(takes(swapped(ed25519().jwk(), R"("OKP")", R"("EC")")));
  CHECK_FALSE(takes(swapped(ed25519().jwk(), "Ed25519", "Ed448")));
}

TEST_CASE("key_set: a key for another use is left out", "[tokens][key_set]") {
  CHECK(takes(p256().jwk(R"(,"use":"sig")")));
  for (auto use : {"\"enc\"", "\"\"", "\"SIG\"", "null", "[\"sig\"]"})
    CHECK_FALSE(takes(p256().jwk(",\"use\":" + std::string{use})));
}

TEST_CASE("key_set: a key whose operations lack verify is left out",
          "[tokens][key_set]") {
  CHECK(takes(p256().jwk(R"(,"key_ops":["verify"])")));
  CHECK(takes(p256().jwk(R"(,"key_ops":["sign","verify"])")));
  for (auto operations : {"[]", "[\"sign\"]", "\"verify\"", "null", "[1]",
                          "[\"Verify\"]", "{\"verify\":1}"})
    CHECK_FALSE(takes(p256().jwk(",\"key_ops\":" + std::string{operations})));
}

TEST_CASE("key_set: alg limits a key to one algorithm", "[tokens][key_set]") {
  const auto keys = read(rsa().jwk(R"(,"kid":"r","alg":"PS256")"));
  CHECK(verify(*keys, ps256, rsa(), "r") == signature_verdict::good);
  CHECK(verify(*keys, rs256, rsa(), "r") == signature_verdict::no_key);
  CHECK(verify(*keys, ps384, rsa(), "r") == signature_verdict::no_key);
}

TEST_CASE("key_set: a key with an alg that it cannot be for is left out",
          "[tokens][key_set]") {
  CHECK(takes(rsa().jwk(R"(,"alg":"RS512")")));
  for (auto name : {"\"HS256\"", "\"ES256\"", "\"RSA-OAEP\"", "\"none\"",
                    "\"\"", "null", "[\"RS256\"]"})
    CHECK_FALSE(takes(rsa().jwk(",\"alg\":" + std::string{name})));
  CHECK_FALSE(takes(p256().jwk(R"(,"alg":"ES384")")));
}

TEST_CASE("key_set: a kid that is no string makes no key",
          "[tokens][key_set]") {
  CHECK_FALSE(takes(p256().jwk(R"(,"kid":1)")));
  CHECK_FALSE(takes(p256().jwk(R"(,"kid":null)")));
  CHECK(takes(p256().jwk(R"(,"kid":"")")));
}

TEST_CASE("key_set: a token finds the key with its kid alone",
          "[tokens][key_set]") {
  const auto keys =
    read(p256().jwk(R"(,"kid":"a")") + ',' + issuer_key{es256}.jwk());
  CHECK(verify(*keys, es256, p256(), "a") == signature_verdict::good);
  CHECK(verify(*keys, es256, p256(), "b") == signature_verdict::no_key);
  CHECK(verify(*keys, es256, p256(), "A") == signature_verdict::no_key);
}

TEST_CASE("key_set: a key without a kid is for tokens without one",
          "[tokens][key_set]") {
  const auto keys = read(p256().jwk());
  CHECK(verify(*keys, es256, p256(), "") == signature_verdict::good);
  CHECK(verify(*keys, es256, p256(), "a") == signature_verdict::no_key);
}

TEST_CASE("key_set: a token without a kid tries every key that fits",
          "[tokens][key_set]") {
  const auto keys = read(issuer_key{es256}.jwk(R"(,"kid":"a")") + ','
                         + ed25519().jwk(R"(,"kid":"b")") + ','
                         + p256().jwk(R"(,"kid":"c")"));
  CHECK(verify(*keys, es256, p256(), "") == signature_verdict::good);
  CHECK(verify(*keys, eddsa, ed25519(), "") == signature_verdict::good);
  CHECK(verify(*keys, es256, issuer_key{es256}, "")
        == signature_verdict::wrong);
  CHECK(verify(*keys, rs256, rsa(), "") == signature_verdict::no_key);
}

TEST_CASE("key_set: keys of one kid are all tried", "[tokens][key_set]") {
  const auto keys = read(issuer_key{es256}.jwk(R"(,"kid":"a")") + ','
                         + rsa().jwk(R"(,"kid":"a")") + ','
                         + p256().jwk(R"(,"kid":"a")"));
  CHECK(verify(*keys, es256, p256(), "a") == signature_verdict::good);
  CHECK(verify(*keys, rs256, rsa(), "a") == signature_verdict::good);
  CHECK(verify(*keys, eddsa, ed25519(), "a") == signature_verdict::no_key);
}

TEST_CASE("key_set: one token tries 16 keys at most", "[tokens][key_set]") {
  const issuer_key other{es256};
  auto others = [&](int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
      result += other.jwk() + ',';
    return result;
  };
  CHECK(verify(*read(others(15) + p256().jwk()), es256, p256(), "")
        == signature_verdict::good);
  CHECK(verify(*read(others(16) + p256().jwk()), es256, p256(), "")
        == signature_verdict::wrong);
}

TEST_CASE("key_set: a set without keys is one", "[tokens][key_set]") {
  const auto result = read_key_set(R"({"keys":[]})");
  REQUIRE(result.keys);
  CHECK(result.keys->size() == 0);
  CHECK(result.keys->skipped() == 0);
}

TEST_CASE("key_set: other members of the document are ignored",
          "[tokens][key_set]") {
  CHECK(read_key_set(R"({"issuer":"x","keys":[],"more":{"keys":1}})").keys);
}

TEST_CASE("key_set: a document that is none says what was expected",
          "[tokens][key_set]") {
  auto expected = [](const std::string& text) {
    const auto result = read_key_set(text);
    CHECK_FALSE(result.keys);
    return std::string{result.expected};
  };
  for (auto text : {"", "<html>", "{", R"({"keys":[]}x)", "\xff"})
    CHECK(expected(text)
          == "JSON in UTF-8 without repeated names, neither huge nor deep");
  CHECK(expected(R"({"keys":[{"kid":"a","kid":"b"}]})")
        == "JSON in UTF-8 without repeated names, neither huge nor deep");
  for (auto text : {"[]", "null", "7", "{}", R"({"keys":{}})",
                    R"({"keys":"x"})", R"({"Keys":[]})"})
    CHECK(expected(text) == "an object with an array as \"keys\"");
  CHECK(expected(R"({"keys":[]})" + std::string(key_set_bytes_max, ' '))
        == "at most 1 MiB");
}

namespace {

/// A comma and `one`, so many times.
std::string each_more(std::size_t count, const std::string& one) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += ',' + one;
  return result;
}

} // namespace

TEST_CASE("key_set: 64 keys that can be used pass, one more refuses all",
          "[tokens][key_set]") {
  const auto keys = p256().jwk() + each_more(63, p256().jwk());
  CHECK(read(keys)->size() == 64);
  const auto result = read_key_set(make_key_set(keys + ',' + rsa().jwk()));
  CHECK_FALSE(result.keys);
  CHECK(result.expected == "at most 64 keys that can be used, and 256 in all");
}

TEST_CASE("key_set: 256 keys of others pass, and one more does not",
          "[tokens][key_set]") {
  const auto keys = p256().jwk() + each_more(63, p256().jwk())
                    + each_more(192, R"({"kty":"of others"})");
  CHECK(read(keys)->size() == 64);
  CHECK(read(keys)->skipped() == 192);
  const auto result = read_key_set(make_key_set(keys + ",{}"));
  CHECK_FALSE(result.keys);
  CHECK(result.expected == "at most 64 keys that can be used, and 256 in all");
}
