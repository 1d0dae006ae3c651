#include "conf/checks.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace signalbox;
using namespace signalbox::test;

namespace {

const std::string good_secret = "JWT_SECRET=0123456789abcdef0123456789abcdef";

} // namespace

TEST_CASE("checks: production refuses placeholder secrets", "[checks]") {
  auto name = GENERATE(as<std::string>{}, "JWT_SECRET", "JWT_SECRET_PREVIOUS",
                       "ADMIN_TOKEN");
  auto value = GENERATE(
    as<std::string>{}, "changeme", "ChangeMe!", "please-change-me", "secret",
    "DEV-SECRET", "your-secret-key", "test", "password", "Placeholder",
    "replace-me-1234", "my_secret", "secret123", "123456", "<secret>",
    "supersecretkey", "aaaaaaaaaaaaaaaaaaaaa", "replace-with-a-strong-secret",
    "change_this", "a-string-secret-at-least-256-bits-long",
    "a-secret-of-32-bytes-or-even-more", "123456789012345",
    "super-secret-jwt-token-with-at-least-32-characters-"
    "long",
    "dev-secret-change-in-production-please", "keyboard_cat",
    "my-super-secret-key", "secret_key_here", "your-256-bit-secret",
    "YOUR_JWT_SECRET", "your-own-key", "insecure-default");
  CHECK(failure_of({}, {"NODE_ENV=production", name + '=' + value})
        == "signalbox: " + name
             + "=**** (environment): expected a real secret in production, "
               "not a placeholder\n");
}

TEST_CASE("checks: production takes a real secret", "[checks]") {
  CHECK(loaded({}, {"NODE_ENV=production", good_secret}).warnings.empty());
  // As `openssl rand` and others make them.
  for (const std::string& secret : texts{
         "48151623420073194462095873301184572096631047", "1234567890123456",
         "yourAtKqZm81xPp0sVnR4cGdE7tLwYb2", "qhX2zZ0c+9hE1mP4wTkB7rLd/AvYsNfU",
         "d41d8cd98f00b204e9800998ecf8427e", "yourself-and-nobody-else-at-all",
         "\xce\xb1\xce\xb2\xce\xb3\xce\xb4\xce\xb5\xce\xb6\xce\xb7\xce\xb8"})
    CHECK_FALSE(is_placeholder(secret));
}

TEST_CASE("checks: a real secret may hold a placeholder word", "[checks]") {
  CHECK_FALSE(is_placeholder("secret-9f2kd83hd92"));
  CHECK_FALSE(is_placeholder("testbed-7"));
  CHECK_FALSE(is_placeholder("48151623421nine"));
  CHECK_FALSE(is_placeholder(""));
}

TEST_CASE("checks: placeholders are for development", "[checks]") {
  CHECK(options_of({}, {"JWT_SECRET=secret"}).jwt_secret == "secret");
}

TEST_CASE("checks: a short secret works and is warned about", "[checks]") {
  CHECK(loaded({}, {"JWT_SECRET=0123456789abcdef0123456789abcde"}).warnings
        == texts{"JWT_SECRET=**** (environment): shorter than 32 bytes, so it "
                 "can be guessed"});
  CHECK(loaded({}, {good_secret}).warnings.empty());
}

TEST_CASE("checks: a secret on the command line is warned about", "[checks]") {
  CHECK(loaded({"--jwt-secret=0123456789abcdef0123456789abcdef"}, {}).warnings
        == texts{"--jwt-secret=**** (command line): every user of this machine "
                 "can read it there"});
  CHECK(loaded({"--redis-url=redis://:hush@h"}, {}).warnings
        == texts{"--redis-url=redis://:****@h (command line): every user of "
                 "this machine can read it there"});
  CHECK(loaded({"--redis-url=redis://h"}, {}).warnings.empty());
}

TEST_CASE("checks: certificate and key come together", "[checks]") {
  scratch_file key{"key"};
  CHECK(failure_of({}, {"TLS_CERT_FILE=" + key.path()})
        == "signalbox: TLS_CERT_FILE=" + key.path()
             + " (environment): expected TLS_KEY_FILE with it\n");
  CHECK(failure_of({"--tls-key-file=" + key.path()}, {})
        == "signalbox: --tls-key-file=" + key.path()
             + " (command line): expected TLS_CERT_FILE with it\n");
  CHECK(failure_of({}, {"REDIS_KEY_FILE=" + key.path()})
        == "signalbox: REDIS_KEY_FILE=" + key.path()
             + " (environment): expected REDIS_CERT_FILE with it\n");
}

TEST_CASE("checks: TLS files of Redis that cannot be read stop the start",
          "[checks]") {
  CHECK(failure_of({"--redis-ca-file=/nowhere/ca.pem"},
                   {"REDIS_URL=rediss://h", "REDIS_CERT_FILE=/nowhere/c.pem",
                    "REDIS_KEY_FILE=/tmp"})
        == "signalbox: --redis-ca-file=/nowhere/ca.pem (command line): "
           "expected a file that can be read: No such file or directory\n"
           "signalbox: REDIS_CERT_FILE=/nowhere/c.pem (environment): expected "
           "a file that can be read: No such file or directory\n"
           "signalbox: REDIS_KEY_FILE=/tmp (environment): expected a file that "
           "can be read: Is a directory\n");
}

TEST_CASE("checks: TLS files that cannot be read stop the start", "[checks]") {
  CHECK(failure_of({"--tls-key-file=/tmp"}, {"TLS_CERT_FILE=/nowhere/c.pem"})
        == "signalbox: TLS_CERT_FILE=/nowhere/c.pem (environment): expected a "
           "file that can be read: No such file or directory\n"
           "signalbox: --tls-key-file=/tmp (command line): expected a file "
           "that can be read: Is a directory\n");
}

TEST_CASE("checks: TLS files that can be read are taken", "[checks]") {
  scratch_file file{"-----BEGIN"};
  auto settings = options_of({}, {"TLS_CERT_FILE=" + file.path(),
                                  "TLS_KEY_FILE=" + file.path()});
  CHECK(settings.tls_cert_file == file.path());
  CHECK(settings.tls_key_file == file.path());
}

TEST_CASE("checks: a PROXY header that nobody may send is warned about",
          "[checks]") {
  CHECK(loaded({"--proxy-protocol"}, {}).warnings
        == texts{"--proxy-protocol=true (command line): no peer may send a "
                 "header, as TRUSTED_PROXIES names none"});
  CHECK(loaded({"--proxy-protocol"}, {"TRUSTED_PROXIES=10.0.0.0/8"})
          .warnings.empty());
}

TEST_CASE("checks: TLS files of Redis that can be read are taken", "[checks]") {
  scratch_file file{"-----BEGIN"};
  auto result = loaded(
    {}, {"REDIS_URL=rediss://h", "REDIS_CA_FILE=" + file.path(),
         "REDIS_CERT_FILE=" + file.path(), "REDIS_KEY_FILE=" + file.path()});
  CHECK(result.settings.redis_ca_file == file.path());
  CHECK(result.settings.redis_cert_file == file.path());
  CHECK(result.settings.redis_key_file == file.path());
  CHECK(result.warnings.empty());
}

TEST_CASE("checks: TLS files without TLS are warned about", "[checks]") {
  scratch_file file{"-----BEGIN"};
  auto given = "REDIS_CA_FILE=" + file.path();
  auto warning = given + " (environment): not used, as REDIS_URL asks for no "
                         "TLS";
  CHECK(loaded({}, {given}).warnings == texts{warning});
  CHECK(loaded({}, {given, "REDIS_URL=redis://h"}).warnings == texts{warning});
}

TEST_CASE("checks: tokens need a key to check them with", "[checks]") {
  CHECK(failure_of({"--enable-auth"}, {})
        == "signalbox: --enable-auth=true (command line): expected JWT_SECRET "
           "or JWT_JWKS_URL with it\n");
  CHECK(print_of({"--check-config"}, {"ENABLE_AUTH=1", "JWKS_URL=https://a/k"})
        == "configuration ok\nwarning: JWKS_URL=https://a/k (environment): not "
           "used, as JWT_ALG allows no algorithm with public keys, such as "
           "RS256\n");
  CHECK(print_of({"--check-config"},
                 {"ENABLE_AUTH=1", "JWKS_URL=https://a/k", "JWT_ALG=ES256"})
        == "configuration ok\n");
  CHECK(print_of({"--check-config"},
                 {"ENABLE_AUTH=1", good_secret, "JWT_ALG=ES256"})
        == "configuration ok\nwarning: JWT_SECRET=**** (environment): not "
           "used, as JWT_ALG allows no HS256, HS384 or HS512\n");
  CHECK(print_of({"--check-config"}, {"ENABLE_AUTH=1", good_secret})
        == "configuration ok\n");
}

TEST_CASE("checks: production is warned of keys that come by http",
          "[checks]") {
  const auto warnings = [](const std::string& url, const std::string& where) {
    return loaded({}, {"ENABLE_AUTH=1", "JWT_ALG=ES256", "NODE_ENV=" + where,
                       "JWT_JWKS_URL=" + url})
      .warnings;
  };
  CHECK(warnings("http://a/k?key=hush", "production")
        == texts{"JWT_JWKS_URL=http://a/k?**** (environment): expected https "
                 "in production, as whoever is on the way there may put in "
                 "keys of their own"});
  CHECK(warnings("https://a/k", "production").empty());
  CHECK(warnings("http://a/k", "development").empty());
}

TEST_CASE("checks: a bad key set URL is complained about once", "[checks]") {
  CHECK(failure_of({}, {"ENABLE_AUTH=1", "JWKS_URL=ftp://a"})
        == "signalbox: JWKS_URL=ftp://a (environment): expected a URL with one "
           "of these schemes: https, http\n");
}

TEST_CASE("checks: a short admin token is advised against", "[checks]") {
  CHECK(print_of({"--check-config"}, {"ADMIN_TOKEN=fifteen-letters"})
        == "configuration ok\nwarning: ADMIN_TOKEN=**** (environment): shorter "
           "than 16 bytes, so it can be guessed\n");
  CHECK(print_of({"--check-config"}, {"ADMIN_TOKEN=sixteen-letters-"})
        == "configuration ok\n");
}

TEST_CASE("checks: a token that others may guess at is to be long",
          "[checks]") {
  const auto warnings = [](const std::string& token, const std::string& bind) {
    return loaded({}, {"ADMIN_TOKEN=" + token, "HEALTH_PORT=9100", bind})
      .warnings;
  };
  const std::string shorter = "thirty-one-letters-and-so-short";
  CHECK(warnings(shorter, "BIND=0.0.0.0")
        == texts{"ADMIN_TOKEN=**** (environment): shorter than 32 bytes, and "
                 "HEALTH_PORT, which others than this machine reach, limits "
                 "no guesses"});
  CHECK(warnings(shorter, "ADMIN_BIND=10.0.0.1").size() == 1);
  CHECK(warnings(shorter, "ADMIN_BIND=127.0.0.1").empty());
  CHECK(warnings(shorter, "BIND=::1").empty());
  CHECK(warnings(shorter + 'x', "BIND=0.0.0.0").empty());
  // One that is worse yet is warned about once.
  CHECK(warnings("short", "BIND=0.0.0.0").size() == 1);
  CHECK(loaded({}, {"ADMIN_TOKEN=" + shorter}).warnings.empty());
}

TEST_CASE("checks: what only acts with something else does not stop it",
          "[checks]") {
  auto settings = options_of(
    {}, {"ENABLE_AUTH=false", "JWT_JWKS_URL=https://a/k", "HEALTH_PORT=9100",
         "ADMIN_BIND=127.0.0.1", "PROXY_PROTOCOL=0"});
  CHECK(settings.health_port == 9100);
  CHECK(settings.admin_bind == "127.0.0.1");
}

TEST_CASE("checks: HEALTH_PORT is not PORT, on one address", "[checks]") {
  CHECK(failure_of({}, {"PORT=9100", "HEALTH_PORT=9100"})
        == "signalbox: HEALTH_PORT=9100 (environment): expected another port "
           "than PORT\n");
  CHECK(options_of({}, {"PORT=9100", "BIND=127.0.0.1", "HEALTH_PORT=9100",
                        "ADMIN_BIND=127.0.0.2"})
          .health_port
        == 9100);
  // Each one that the kernel chooses.
  CHECK(options_of({}, {"PORT=0", "HEALTH_PORT=0"}).health_port == 0);
}
