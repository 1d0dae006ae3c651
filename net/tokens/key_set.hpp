// A JWK Set: the public keys of an issuer, imported once, and which of them
// verifies a token. A key that we cannot use is left out and counted, as
// issuers publish keys for others too. Immutable, so that shards share one.
// Source: RFC 7517, RFC 7518 §6, RFC 8037 §2.

#pragma once

#include "net/tokens/json_web_token.hpp"
#include "net/tokens/public_key.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

/// Longer documents are refused.
inline constexpr std::size_t key_set_bytes_max = 1024 * 1024;
/// Documents with more keys are refused, whoever they are for.
inline constexpr std::size_t document_keys_max = 256;
/// Documents with more keys that can be used are refused: all of them, as who
/// is left out would have to be guessed.
inline constexpr std::size_t key_set_keys_max = 64;
/// So many keys are tried on one token: a signature costs what a key costs.
inline constexpr std::size_t keys_tried_max = 16;

/// What a set says of a token's signature.
enum class signature_verdict : std::uint8_t {
  good,
  /// Of none of the keys that fit.
  wrong,
  /// No key fits `kid` and `alg`.
  no_key,
};

class key_set {
public:
  struct entry {
    std::optional<std::string> kid;
    /// The only one that the key is for; nothing = each of its family.
    std::optional<signature_algorithm> algorithm;
    public_key key;
  };

  key_set(std::vector<entry> entries, std::size_t skipped) noexcept
    : entries_(std::move(entries)), skipped_(skipped) {}

  /// Tries the keys that fit, in the document's order: those with the token's
  /// kid, or all if it has none. A kid may stand at several keys. Any thread.
  signature_verdict verify(const json_web_token& token) const;

  /// Whether a key of the set, fitting or not, has this kid.
  bool knows(std::string_view kid) const noexcept;

  /// Keys that can be used. A set may be empty: then no token is good.
  std::size_t size() const noexcept { return entries_.size(); }

  /// Keys of the document that cannot: of an unknown kind, for another use, or
  /// broken.
  std::size_t skipped() const noexcept { return skipped_; }

private:
  std::vector<entry> entries_;
  std::size_t skipped_;
};

struct key_set_reading {
  /// Null if the text is no key set.
  std::shared_ptr<const key_set> keys;
  /// What was expected, if there are none; says nothing of the text.
  std::string_view expected;
};

/// Reads a JWK Set. Secrets in it (`oct`) and private parts are not used: what
/// is published is no secret. Any thread; a usual document takes 0.1 ms, the
/// worst that is in bounds (64 keys on P-521) 0.05 s.
key_set_reading read_key_set(std::string_view text);

} // namespace signalbox
