#include "net/tokens/shared_secret.hpp"

#include "net/tokens/base64url.hpp"
#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include <thread>
#include <vector>

using namespace signalbox;
using namespace signalbox::test;
using enum signature_algorithm;

TEST_CASE("shared_secret: the example of RFC 7515 appendix A.1",
          "[tokens][shared_secret]") {
  const shared_secret secret{
    *decode_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                      "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")};
  const auto text =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const auto mac =
    *decode_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  CHECK(secret.verify(hs256, text, mac));
  CHECK_FALSE(secret.verify(hs256, std::string{text} + ' ', mac));
}

TEST_CASE("shared_secret: secrets of any length verify what they signed",
          "[tokens][shared_secret]") {
  for (auto algorithm : {hs256, hs384, hs512}) {
    for (std::size_t size : {1u, 7u, 31u, 32u, 64u, 65u, 128u, 129u, 4096u}) {
      CAPTURE(name_of(algorithm), size);
      const std::string bytes(size, 'k');
      const shared_secret secret{bytes};
      const auto mac = sign_with_secret(algorithm, bytes, "text");
      CHECK(secret.verify(algorithm, "text", mac));
      CHECK_FALSE(shared_secret{bytes + 'k'}.verify(algorithm, "text", mac));
    }
  }
}

TEST_CASE("shared_secret: a MAC that is cut short, or too long, is wrong",
          "[tokens][shared_secret]") {
  const shared_secret secret{"k"};
  const auto mac = sign_with_secret(hs256, "k", "text");
  for (std::size_t size = 0; size < mac.size(); ++size)
    CHECK_FALSE(secret.verify(hs256, "text", mac.substr(0, size)));
  CHECK_FALSE(secret.verify(hs256, "text", mac + '\0'));
}

TEST_CASE("shared_secret: a MAC with a wrong bit is wrong",
          "[tokens][shared_secret]") {
  const shared_secret secret{"k"};
  const auto mac = sign_with_secret(hs512, "k", "text");
  for (std::size_t i = 0; i < mac.size() * 8; ++i) {
    auto other = mac;
    other[i / 8] = static_cast<char>(other[i / 8] ^ 1 << i % 8);
    CHECK_FALSE(secret.verify(hs512, "text", other));
  }
}

TEST_CASE("shared_secret: a MAC of another algorithm is wrong",
          "[tokens][shared_secret]") {
  const shared_secret secret{"k"};
  for (auto made : {hs256, hs384, hs512})
    for (auto asked : {hs256, hs384, hs512})
      CHECK(secret.verify(asked, "text", sign_with_secret(made, "k", "text"))
            == (made == asked));
}

TEST_CASE("shared_secret: algorithms that take a key take no secret",
          "[tokens][shared_secret]") {
  const shared_secret secret{"k"};
  const auto mac = sign_with_secret(hs256, "k", "text");
  for (auto algorithm : {rs256, ps256, es256, eddsa})
    CHECK_FALSE(secret.verify(algorithm, "text", mac));
}

TEST_CASE("shared_secret: what it refuses leaves OpenSSL's errors alone",
          "[tokens][shared_secret]") {
  ERR_clear_error();
  CHECK_FALSE(shared_secret{"k"}.verify(hs256, "text", "mac"));
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("shared_secret: many threads verify at once",
          "[tokens][shared_secret]") {
  const shared_secret secret{"k"};
  const auto mac = sign_with_secret(hs256, "k", "text");
  std::vector<int> good(4);
  std::vector<std::thread> threads;
  for (auto& count : good)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        count += secret.verify(hs256, "text", mac)
                 && !secret.verify(hs256, "other", mac);
    });
  for (auto& one : threads)
    one.join();
  CHECK(good == std::vector<int>{500, 500, 500, 500});
}
