// A JSON Web Token in compact form, cut into what is signed, the signature, and
// the members of header and claims that we look at. Nothing in here is true
// before the signature was checked. Members that could name a key (`jwk`,
// `jku`, `x5c`, `x5u`) are not read: keys never come from a token.
// Pure; any thread.
// Source: RFC 7515 §3.1 and §4, RFC 7519 §4.

#pragma once

#include "conf/options.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

struct json_web_token {
  // -- header -----------------------------------------------------------------
  /// Nothing if `alg` is none that we know.
  std::optional<signature_algorithm> algorithm;
  /// Like `iss`, `aud` and `sub`, as good as missing if it is no string.
  std::optional<std::string> kid;

  // -- signature --------------------------------------------------------------
  /// A part of the token's text.
  std::string_view signed_text;
  /// Bytes; empty if there is none.
  std::string signature;

  // -- claims -----------------------------------------------------------------
  /// Beyond what the clock can hold: its ends.
  std::optional<std::chrono::system_clock::time_point> expiry;
  std::optional<std::chrono::system_clock::time_point> not_before;
  std::optional<std::string> issuer;
  /// Of a string: itself.
  std::vector<std::string> audiences;
  std::optional<std::string> subject;
  /// The strings in the claim that lists rooms; empty if it is no array.
  std::vector<std::string> rooms;
};

/// Longer tokens are malformed.
inline constexpr std::size_t token_bytes_max = 16 * 1024;
/// Longer subjects are as good as missing. Source: OpenID Connect Core §2.
inline constexpr std::size_t subject_bytes_max = 255;

/// Nothing if `text` is malformed: not three parts of base64url, header or
/// claims no JSON object, a repeated member name, `alg` missing, `crit` there
/// (we know no extension), or a date that is no number or outside the years 0
/// to 9999. The result views `text`.
std::optional<json_web_token> read_json_web_token(std::string_view text,
                                                  std::string_view rooms_claim);

} // namespace signalbox
