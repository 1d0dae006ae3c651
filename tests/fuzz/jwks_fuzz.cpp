// Any bytes as a key set, as a key server might answer: keys are taken one by
// one, none takes another one with it, and none makes a signature of what is
// none.

#include "net/tokens/key_set.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/support/token_maker.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

using nlohmann::json;
using enum signature_algorithm;

const test::issuer_key& good_key() {
  static const test::issuer_key key{eddsa};
  return key;
}

const json& good_jwk() {
  static const auto jwk = json::parse(good_key().jwk(R"(,"kid":"good")"));
  return jwk;
}

signature_verdict verdict_of(const key_set& keys, std::string_view text) {
  const auto token = read_json_web_token(text, "rooms");
  hold(token.has_value(), "the token is well-formed");
  return keys.verify(*token);
}

std::size_t usable(const json& keys) {
  const auto result = read_key_set(json{{"keys", keys}}.dump());
  hold(result.keys != nullptr, "an array of anything is a key set");
  hold(result.keys->size() + result.keys->skipped() == keys.size(),
       "each key is taken or skipped");
  return result.keys->size();
}

/// A text of the right form that nobody signed, for each length there is.
void hold_no_forgery(const key_set& keys) {
  for (const auto& [algorithm, size] : {std::pair{rs256, 256u},
                                        {ps256, 256u},
                                        {ps512, 384u},
                                        {es256, 64u},
                                        {es384, 96u},
                                        {es512, 132u},
                                        {eddsa, 64u}}) {
    const std::string signature(size, '\x05');
    const auto token =
      test::make_token(R"({"alg":")" + std::string{name_of(algorithm)} + "\"}",
                       "{}", [&](const std::string&) { return signature; });
    hold(verdict_of(keys, token) != signature_verdict::good,
         "no key makes a signature of what is none");
  }
  const auto secret = test::make_token(hs256, "", "{}");
  hold(verdict_of(keys, secret) == signature_verdict::no_key,
       "no key is a secret");
}

void hold_keys(const json& keys) {
  std::size_t sum = 0;
  for (const auto& one : keys)
    sum += usable(json::array({one}));
  hold(usable(keys) == sum, "keys do not depend on their neighbours");
  if (keys.size() == document_keys_max || sum == key_set_keys_max)
    return;
  auto more = keys;
  more.insert(more.begin(), good_jwk());
  const auto result = read_key_set(json{{"keys", more}}.dump());
  hold(result.keys && result.keys->size() == sum + 1,
       "a good key stays one among any others");
  static const auto token = test::make_token(eddsa, good_key(), "good", "{}");
  hold(result.keys->knows("good")
         && verdict_of(*result.keys, token) == signature_verdict::good,
       "and verifies");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto result = read_key_set(text);
  hold((result.keys == nullptr) != result.expected.empty(),
       "a set, or what was expected");
  if (!result.keys)
    return 0;
  const auto document = json::parse(text, nullptr, false);
  hold(document.is_object() && document.value("keys", json{}).is_array(),
       "what is a set is one to others too");
  const auto& keys = document["keys"];
  hold(keys.size() <= document_keys_max
         && result.keys->size() <= key_set_keys_max,
       "a set is bounded");
  hold(result.keys->size() + result.keys->skipped() == keys.size(),
       "each key is taken or skipped");
  hold_no_forgery(*result.keys);
  hold_keys(keys);
  return 0;
}
