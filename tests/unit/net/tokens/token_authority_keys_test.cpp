// Tokens of an issuer that publishes its keys: which keys judge, when fresher
// ones are wanted, and that nobody passes off a key for something else.

#include "net/tokens/token_authority.hpp"

#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include <atomic>
#include <thread>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

namespace {

constexpr std::chrono::system_clock::time_point now{1'700'000'000s};
constexpr auto good = R"({"exp":1700000060,"rooms":["room"],"sub":"ann"})";

const issuer_key& rsa() {
  static const issuer_key key{rs256};
  return key;
}

const issuer_key& p256() {
  static const issuer_key key{es256};
  return key;
}

std::string kid(const std::string& name) {
  return R"(,"kid":")" + name + '"';
}

options with_key_server() {
  options result;
  result.enable_auth = true;
  result.jwt_jwks_url = "https://auth.example.com/keys";
  result.jwt_alg = {rs256, es256};
  return result;
}

/// A node whose issuer publishes keys.
struct issuer_fixture {
  explicit issuer_fixture(const options& settings = with_key_server())
    : authority(settings, [this] { return steady_now.load(); }) {}

  /// Fresh for a minute.
  void publish(const std::string& keys) {
    auto result = read_key_set(make_key_set(keys));
    REQUIRE(result.keys);
    authority.publish(result.keys, steady_now.load() + 60s);
  }

  token_verdict judge(std::string_view token,
                      key_wish wish = key_wish::allowed) const {
    return authority.judge(token, "room", now, wish);
  }

  std::atomic<std::chrono::steady_clock::time_point> steady_now{
    std::chrono::steady_clock::time_point{1000s}};
  token_authority authority;
};

void check_granted(const token_verdict& verdict) {
  CHECK(verdict.error == ec::none);
  CHECK_FALSE(verdict.wants_keys);
}

void check_refused(const token_verdict& verdict, std::string_view reason,
                   ec error = ec::unauthorized) {
  CHECK(verdict.error == error);
  CHECK(verdict.reason == reason);
  CHECK_FALSE(verdict.wants_keys);
}

void check_wants_keys(const token_verdict& verdict, std::string_view reason) {
  CHECK(verdict.error == ec::unauthorized);
  CHECK(verdict.reason == reason);
  CHECK(verdict.wants_keys);
}

std::string pem_of(const issuer_key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()),
                                                      BIO_free};
  REQUIRE(PEM_write_bio_PUBKEY(out.get(), key.native()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

} // namespace

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: tokens of published keys are good",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")) + ',' + p256().jwk(kid("p")));
  check_granted(judge(make_token(rs256, rsa(), "r", good)));
  const auto verdict = judge(make_token(es256, p256(), "p", good));
  check_granted(verdict);
  CHECK(verdict.subject == "ann");
  CHECK(verdict.ends_at == now + 60s);
}

TEST_CASE(
  "token_authority: every algorithm with a key is good where it is "
  "listed",
  "[tokens][token_authority_keys]") {
  for (auto algorithm :
       {rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa}) {
    CAPTURE(name_of(algorithm));
    auto settings = with_key_server();
    settings.jwt_alg = {algorithm};
    issuer_fixture issuer{settings};
    const issuer_key key{algorithm};
    issuer.publish(key.jwk());
    check_granted(issuer.judge(make_token(algorithm, key, "", good)));
  }
}

TEST_CASE_METHOD(
  issuer_fixture,
  "token_authority: before any key was published they are wanted",
  "[tokens][token_authority_keys]") {
  const auto token = make_token(rs256, rsa(), "r", good);
  check_wants_keys(judge(token), "no keys");
  check_refused(judge(token, key_wish::used_up), "no keys",
                ec::keys_unavailable);
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys that could not be fetched are wanted",
                 "[tokens][token_authority_keys]") {
  authority.publish(nullptr, steady_now.load() + 60s);
  const auto token = make_token(rs256, rsa(), "r", good);
  check_wants_keys(judge(token), "no keys");
  check_refused(judge(token, key_wish::used_up), "no keys",
                ec::keys_unavailable);
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a failed fetch leaves the keys there are",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  authority.publish(nullptr, steady_now.load() + 60s);
  check_granted(judge(make_token(rs256, rsa(), "r", good)));
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys are good until they are stale, and not "
                 "then",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  const auto token = make_token(rs256, rsa(), "r", good);
  steady_now = steady_now.load() + 60s - 1ns;
  check_granted(judge(token));
  steady_now = steady_now.load() + 1ns;
  check_wants_keys(judge(token), "stale keys");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: stale keys judge when nothing fresher comes",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  steady_now = steady_now.load() + 24h;
  check_granted(judge(make_token(rs256, rsa(), "r", good), key_wish::used_up));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "r", good),
                      key_wish::used_up),
                "signature");
  check_refused(judge(make_token(es256, p256(), "p", good), key_wish::used_up),
                "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: an unknown kid wants keys once",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  const auto token = make_token(rs256, rsa(), "new", good);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a wrong signature of a known kid wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "r", good)),
                "signature");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a known kid of another kind of key wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  check_refused(judge(make_token(es256, p256(), "r", good)), "unfit key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: without a kid every key that fits is tried",
                 "[tokens][token_authority_keys]") {
  publish(issuer_key{rs256}.jwk(kid("a")) + ',' + rsa().jwk(kid("b")));
  check_granted(judge(make_token(rs256, rsa(), "", good)));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "", good)),
                "signature");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: without a kid and a key that fits, keys are "
                 "wanted",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("a")));
  const auto token = make_token(es256, p256(), "", good);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: during a rotation both keys are good, then "
                 "the new one alone",
                 "[tokens][token_authority_keys]") {
  const issuer_key next{rs256};
  const auto old_token = make_token(rs256, rsa(), "old", good);
  const auto new_token = make_token(rs256, next, "new", good);
  publish(rsa().jwk(kid("old")));
  check_granted(judge(old_token));
  publish(rsa().jwk(kid("old")) + ',' + next.jwk(kid("new")));
  check_granted(judge(old_token));
  check_granted(judge(new_token));
  publish(next.jwk(kid("new")));
  check_granted(judge(new_token));
  check_wants_keys(judge(old_token), "unknown key");
  check_refused(judge(old_token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: an issuer that withdraws all keys lets "
                 "nobody in",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  publish("");
  const auto token = make_token(rs256, rsa(), "r", good);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: what is malformed or not allowed wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  check_refused(judge(""), "no token");
  check_refused(judge("x.y.z"), "malformed");
  check_refused(judge(make_token(ps256, rsa(), "r", good)), "algorithm");
  check_refused(judge(make_token(rs256, rsa(), "r", R"({"exp":"soon"})")),
                "malformed");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: claims are judged behind the signature",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  check_refused(
    judge(make_token(rs256, rsa(), "r", R"({"exp":1,"rooms":["room"]})")),
    "expired");
  check_refused(judge(make_token(rs256, rsa(), "r", R"({"exp":1700000060})")),
                "room", ec::room_forbidden);
}

TEST_CASE("token_authority: without a key server no key is wanted",
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_jwks_url.clear();
  const issuer_fixture issuer{settings};
  const auto token = make_token(rs256, rsa(), "r", good);
  check_refused(issuer.judge(token), "no keys");
  check_refused(issuer.judge(token, key_wish::used_up), "no keys");
}

TEST_CASE("token_authority: a public key is no secret, in whatever form",
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_alg = {rs256, hs256};
  const auto jwk = rsa().jwk(kid("r"));
  const auto n = jwk.substr(jwk.find("\"n\":\"") + 5, 342);
  for (const auto& stolen : {jwk, make_key_set(jwk), n, pem_of(rsa())}) {
    const auto token = make_token(hs256, stolen, good);
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
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_alg = {rs256, hs256};
  issuer_fixture issuer{settings};
  issuer.publish(R"({"kty":"oct","k":"c2VjcmV0","kid":"o","alg":"HS256"})");
  check_refused(issuer.judge(make_token(hs256, "secret", good)), "no secret");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a token's own key is not believed",
                 "[tokens][token_authority_keys]") {
  publish(rsa().jwk(kid("r")));
  const issuer_key own{rs256};
  const auto token =
    make_token(R"({"alg":"RS256","kid":"r","jwk":)" + own.jwk(kid("r")) + '}',
               good, [&](const std::string& text) { return own.sign(text); });
  check_refused(judge(token), "signature");
}

TEST_CASE("token_authority: secrets and keys are good side by side",
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_alg = {hs256, es256};
  settings.jwt_secret = "secret";
  issuer_fixture issuer{settings};
  check_granted(issuer.judge(make_token(hs256, "secret", good)));
  issuer.publish(p256().jwk(kid("p")));
  check_granted(issuer.judge(make_token(es256, p256(), "p", good)));
  check_granted(issuer.judge(make_token(hs256, "secret", good)));
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys are published while others judge",
                 "[tokens][token_authority_keys]") {
  const auto keys = p256().jwk(kid("p"));
  publish(keys);
  const auto token = make_token(es256, p256(), "p", good);
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n)
        granted += judge(token).error == ec::none;
    });
  for (int i = 0; i < 50; ++i)
    publish(keys);
  for (auto& one : threads)
    one.join();
  CHECK(granted == 150);
}
