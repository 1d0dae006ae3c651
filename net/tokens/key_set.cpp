#include "net/tokens/key_set.hpp"

#include "conf/value.hpp"
#include "net/tokens/base64url.hpp"
#include "net/tokens/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

using nlohmann::json;

constexpr std::string_view too_many_keys =
  "at most 64 keys that can be used, and 256 in all";

/// Null if there is no such member, or it is no string.
const std::string* text_of(const json& object, std::string_view name) {
  const auto* value = member_of(object, name);
  return value ? value->get_ptr<const json::string_t*>() : nullptr;
}

/// Nothing if there is no such member, or it is no base64url.
std::optional<std::string> bytes_of(const json& object, std::string_view name) {
  const auto* text = text_of(object, name);
  return text ? decode_base64url(*text) : std::nullopt;
}

std::optional<key_family> curve_of(const json& jwk) {
  const auto* name = text_of(jwk, "crv");
  if (!name)
    return std::nullopt;
  if (*name == "P-256")
    return key_family::p256;
  if (*name == "P-384")
    return key_family::p384;
  if (*name == "P-521")
    return key_family::p521;
  if (*name == "Ed25519")
    return key_family::ed25519;
  return std::nullopt;
}

/// The family that the key says it is of, however it says it.
std::optional<key_family> family_named(const json& jwk) {
  const auto* type = text_of(jwk, "kty");
  if (type && *type == "RSA")
    return key_family::rsa;
  return curve_of(jwk);
}

std::optional<public_key> import(const json& jwk) {
  const auto* type = text_of(jwk, "kty");
  if (!type)
    return std::nullopt;
  if (*type == "RSA") {
    const auto n = bytes_of(jwk, "n");
    const auto e = bytes_of(jwk, "e");
    return n && e ? public_key::rsa(*n, *e) : std::nullopt;
  }
  const auto curve = curve_of(jwk);
  const auto x = bytes_of(jwk, "x");
  if (!curve || !x)
    return std::nullopt;
  if (*type == "OKP")
    return *curve == key_family::ed25519 ? public_key::ed25519(*x)
                                         : std::nullopt;
  const auto y = bytes_of(jwk, "y");
  return *type == "EC" && y ? public_key::ec(*curve, *x, *y) : std::nullopt;
}

/// RFC 7517 §4.2 and §4.3.
bool is_for_verifying(const json& jwk) {
  if (const auto* use = member_of(jwk, "use"); use && *use != "sig")
    return false;
  const auto* operations = member_of(jwk, "key_ops");
  return !operations
         || (operations->is_array()
             && std::find(operations->begin(), operations->end(), "verify")
                  != operations->end());
}

/// Nothing if the key cannot be used.
std::optional<key_set::entry> read_key(const json& jwk) {
  if (!jwk.is_object() || !is_for_verifying(jwk))
    return std::nullopt;
  std::optional<std::string> kid;
  if (const auto* value = member_of(jwk, "kid")) {
    if (!value->is_string())
      return std::nullopt;
    kid = value->get_ref<const json::string_t&>();
  }
  std::optional<signature_algorithm> algorithm;
  if (member_of(jwk, "alg")) {
    const auto* name = text_of(jwk, "alg");
    algorithm = name ? read_signature_algorithm(*name) : std::nullopt;
    // Before it is imported, which is what a key costs.
    if (!algorithm || family_of(*algorithm) != family_named(jwk))
      return std::nullopt;
  }
  auto key = import(jwk);
  if (!key)
    return std::nullopt;
  return key_set::entry{std::move(kid), algorithm, std::move(*key)};
}

} // namespace

signature_verdict key_set::verify(const json_web_token& token) const {
  if (!token.algorithm)
    return signature_verdict::no_key;
  const auto algorithm = *token.algorithm;
  std::size_t tried = 0;
  for (const auto& one : entries_) {
    if ((token.kid && one.kid != token.kid)
        || family_of(algorithm) != one.key.family()
        || (one.algorithm && one.algorithm != algorithm))
      continue;
    if (one.key.verify(algorithm, token.signed_text, token.signature))
      return signature_verdict::good;
    if (++tried == keys_tried_max)
      break;
  }
  return tried == 0 ? signature_verdict::no_key : signature_verdict::wrong;
}

bool key_set::knows(std::string_view kid) const noexcept {
  return std::any_of(entries_.begin(), entries_.end(),
                     [=](const entry& one) { return one.kid == kid; });
}

key_set_reading read_key_set(std::string_view text) {
  if (text.size() > key_set_bytes_max)
    return {nullptr, "at most 1 MiB"};
  const auto document = read_strict_json(text);
  if (!document)
    return {nullptr,
            "JSON in UTF-8 without repeated names, neither huge nor deep"};
  const auto* keys = document->is_object() ? member_of(*document, "keys")
                                           : nullptr;
  if (!keys || !keys->is_array())
    return {nullptr, "an object with an array as \"keys\""};
  if (keys->size() > document_keys_max)
    return {nullptr, too_many_keys};
  std::vector<key_set::entry> entries;
  std::size_t skipped = 0;
  for (const auto& jwk : *keys) {
    auto one = read_key(jwk);
    if (!one)
      ++skipped;
    else if (entries.size() == key_set_keys_max)
      return {nullptr, too_many_keys};
    else
      entries.push_back(std::move(*one));
  }
  return {std::make_shared<const key_set>(std::move(entries), skipped), {}};
}

} // namespace signalbox
