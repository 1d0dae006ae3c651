#include "net/tokens/base64url.hpp"

#include "tests/support/token_maker.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

TEST_CASE("base64url: the vectors of RFC 4648 without padding",
          "[tokens][base64url]") {
  CHECK(decode_base64url("") == "");
  CHECK(decode_base64url("Zg") == "f");
  CHECK(decode_base64url("Zm8") == "fo");
  CHECK(decode_base64url("Zm9v") == "foo");
  CHECK(decode_base64url("Zm9vYg") == "foob");
  CHECK(decode_base64url("Zm9vYmE") == "fooba");
  CHECK(decode_base64url("Zm9vYmFy") == "foobar");
}

TEST_CASE("base64url: the same vectors are written", "[tokens][base64url]") {
  CHECK(to_base64url("") == "");
  CHECK(to_base64url("f") == "Zg");
  CHECK(to_base64url("fo") == "Zm8");
  CHECK(to_base64url("foo") == "Zm9v");
  CHECK(to_base64url("foob") == "Zm9vYg");
  CHECK(to_base64url("\x03\xec\xff\xe0\xc1") == "A-z_4ME");
}

TEST_CASE("base64url: the example of RFC 7515 appendix C",
          "[tokens][base64url]") {
  CHECK(decode_base64url("A-z_4ME") == "\x03\xec\xff\xe0\xc1");
}

TEST_CASE("base64url: every byte is written and read again",
          "[tokens][base64url]") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    CHECK(decode_base64url(encode_base64url(bytes)) == bytes);
    CHECK(to_base64url(bytes) == encode_base64url(bytes));
  }
}

TEST_CASE("base64url: padding is refused", "[tokens][base64url]") {
  auto text = GENERATE("Zg==", "Zg=", "Zm8=", "=", "====");
  CAPTURE(text);
  CHECK_FALSE(decode_base64url(text));
}

TEST_CASE("base64url: characters of no alphabet, or of another, are refused",
          "[tokens][base64url]") {
  for (int c = 0; c < 256; ++c) {
    const auto is_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                          || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    CAPTURE(c);
    CHECK(decode_base64url("AA" + std::string(1, static_cast<char>(c)) + "A")
            .has_value()
          == is_digit);
  }
}

TEST_CASE("base64url: one digit more than whole bytes is refused",
          "[tokens][base64url]") {
  CHECK_FALSE(decode_base64url("A"));
  CHECK_FALSE(decode_base64url("AAAAA"));
}

TEST_CASE("base64url: a bit behind the last byte is refused",
          "[tokens][base64url]") {
  CHECK(decode_base64url("Zg") == "f");
  for (auto text : {"Zh", "Zi", "Zk", "Zo", "Zv", "Zm9", "Zm-"})
    CHECK_FALSE(decode_base64url(text));
}
