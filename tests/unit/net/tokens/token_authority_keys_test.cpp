// Tokens of an issuer that publishes its keys: which keys judge, and when
// fresher ones are wanted.

#include "tests/support/token_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace signalbox;
using namespace signalbox::test;
using namespace std::literals;
using enum signature_algorithm;

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: tokens of published keys are good",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")) + ',' + p256_key().jwk(kid("p")));
  check_granted(judge(make_token(rs256, rsa_key(), "r", good_claims)));
  const auto verdict = judge(make_token(es256, p256_key(), "p", good_claims));
  check_granted(verdict);
  CHECK(verdict.subject == "ann");
  CHECK(verdict.ends_at == authority_now + 60s);
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
    check_granted(issuer.judge(make_token(algorithm, key, "", good_claims)));
  }
}

TEST_CASE_METHOD(
  issuer_fixture,
  "token_authority: before any key was published they are wanted",
  "[tokens][token_authority_keys]") {
  const auto token = make_token(rs256, rsa_key(), "r", good_claims);
  check_wants_keys(judge(token), "no keys");
  check_refused(judge(token, key_wish::used_up), "no keys",
                ec::keys_unavailable);
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys that could not be fetched are wanted",
                 "[tokens][token_authority_keys]") {
  authority.publish(nullptr, steady_now.load() + 60s);
  const auto token = make_token(rs256, rsa_key(), "r", good_claims);
  check_wants_keys(judge(token), "no keys");
  check_refused(judge(token, key_wish::used_up), "no keys",
                ec::keys_unavailable);
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a failed fetch leaves the keys there are",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  authority.publish(nullptr, steady_now.load() + 60s);
  check_granted(judge(make_token(rs256, rsa_key(), "r", good_claims)));
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys are good until they are stale, and not "
                 "then",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  const auto token = make_token(rs256, rsa_key(), "r", good_claims);
  steady_now = steady_now.load() + 60s - 1ns;
  check_granted(judge(token));
  steady_now = steady_now.load() + 1ns;
  check_wants_keys(judge(token), "stale keys");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: stale keys judge when nothing fresher comes",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  steady_now = steady_now.load() + 24h;
  check_granted(
    judge(make_token(rs256, rsa_key(), "r", good_claims), key_wish::used_up));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "r", good_claims),
                      key_wish::used_up),
                "signature");
  check_refused(judge(make_token(es256, p256_key(), "p", good_claims),
                      key_wish::used_up),
                "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: an unknown kid wants keys once",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  const auto token = make_token(rs256, rsa_key(), "new", good_claims);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: an unknown kid is nobody's fault while the "
                 "issuer is down",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  authority.publish(nullptr, steady_now.load() + 60s);
  for (const auto& token : {make_token(rs256, rsa_key(), "new", good_claims),
                            make_token(es256, p256_key(), "", good_claims)}) {
    check_wants_keys(judge(token), "unknown key");
    check_refused(judge(token, key_wish::used_up), "unknown key",
                  ec::keys_unavailable);
  }
  // What can be judged is judged.
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "r", good_claims),
                      key_wish::used_up),
                "signature");
  check_granted(
    judge(make_token(rs256, rsa_key(), "r", good_claims), key_wish::used_up));
  publish(rsa_key().jwk(kid("r")));
  check_refused(judge(make_token(rs256, rsa_key(), "new", good_claims),
                      key_wish::used_up),
                "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a wrong signature of a known kid wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "r", good_claims)),
                "signature");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: a known kid of another kind of key wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  check_refused(judge(make_token(es256, p256_key(), "r", good_claims)),
                "unfit key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: without a kid every key that fits is tried",
                 "[tokens][token_authority_keys]") {
  publish(issuer_key{rs256}.jwk(kid("a")) + ',' + rsa_key().jwk(kid("b")));
  check_granted(judge(make_token(rs256, rsa_key(), "", good_claims)));
  check_refused(judge(make_token(rs256, issuer_key{rs256}, "", good_claims)),
                "signature");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: without a kid and a key that fits, keys are "
                 "wanted",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("a")));
  const auto token = make_token(es256, p256_key(), "", good_claims);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: during a rotation both keys are good, then "
                 "the new one alone",
                 "[tokens][token_authority_keys]") {
  const issuer_key next{rs256};
  const auto old_token = make_token(rs256, rsa_key(), "old", good_claims);
  const auto new_token = make_token(rs256, next, "new", good_claims);
  publish(rsa_key().jwk(kid("old")));
  check_granted(judge(old_token));
  publish(rsa_key().jwk(kid("old")) + ',' + next.jwk(kid("new")));
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
  publish(rsa_key().jwk(kid("r")));
  publish("");
  const auto token = make_token(rs256, rsa_key(), "r", good_claims);
  check_wants_keys(judge(token), "unknown key");
  check_refused(judge(token, key_wish::used_up), "unknown key");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: what is malformed or not allowed wants "
                 "nothing",
                 "[tokens][token_authority_keys]") {
  check_refused(judge(""), "no token");
  check_refused(judge("x.y.z"), "malformed");
  check_refused(judge(make_token(ps256, rsa_key(), "r", good_claims)),
                "algorithm");
  check_refused(judge(make_token(rs256, rsa_key(), "r", R"({"exp":"soon"})")),
                "malformed");
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: claims are judged behind the signature",
                 "[tokens][token_authority_keys]") {
  publish(rsa_key().jwk(kid("r")));
  check_refused(
    judge(make_token(rs256, rsa_key(), "r", R"({"exp":1,"rooms":["room"]})")),
    "expired");
  check_refused(
    judge(make_token(rs256, rsa_key(), "r", R"({"exp":1700000060})")), "room",
    ec::room_forbidden);
}

TEST_CASE("token_authority: without a key server no key is wanted",
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_jwks_url.clear();
  const issuer_fixture issuer{settings};
  const auto token = make_token(rs256, rsa_key(), "r", good_claims);
  check_refused(issuer.judge(token), "no keys");
  check_refused(issuer.judge(token, key_wish::used_up), "no keys");
}

TEST_CASE("token_authority: secrets and keys are good side by side",
          "[tokens][token_authority_keys]") {
  auto settings = with_key_server();
  settings.jwt_alg = {hs256, es256};
  settings.jwt_secret = "secret";
  issuer_fixture issuer{settings};
  check_granted(issuer.judge(make_token(hs256, "secret", good_claims)));
  issuer.publish(p256_key().jwk(kid("p")));
  check_granted(issuer.judge(make_token(es256, p256_key(), "p", good_claims)));
  check_granted(issuer.judge(make_token(hs256, "secret", good_claims)));
}

TEST_CASE_METHOD(issuer_fixture,
                 "token_authority: keys are published while others judge",
                 "[tokens][token_authority_keys]") {
  const auto keys = p256_key().jwk(kid("p"));
  publish(keys);
  const auto token = make_token(es256, p256_key(), "p", good_claims);
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
