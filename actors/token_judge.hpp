// Who may enter which room: the port through which a session has its token
// judged. net/tokens implements it. Keys of an issuer may have to be fetched
// first: then the session asks the key keeper (actors/protocol.hpp) and has its
// token judged again.

#pragma once

#include "schema/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox {

struct token_verdict {
  /// `none`; `unauthorized`: no token, or one that is not good; or
  /// `room_forbidden`: a good one that does not grant the room; or
  /// `keys_unavailable`: nobody could say, as the token's key is not known and
  /// the issuer could not be asked.
  ec error = ec::unauthorized;
  /// Fresher keys may lead to another verdict: have them fetched, and ask once
  /// more. Never set in the second verdict.
  bool wants_keys = false;
  /// What was wrong, for the log: from a closed set, nothing of the token.
  std::string_view reason;
  /// The token's `sub`, if it is good and has one.
  std::string subject;
  /// When a good token ends the session: its `exp` plus the leeway.
  std::chrono::system_clock::time_point ends_at;
};

/// Whether the verdict may be that fresher keys are wanted.
enum class key_wish : std::uint8_t { allowed, used_up };

class token_judge {
public:
  virtual ~token_judge() = default;

  /// Judges `token` (a JWT in compact form; empty = none) for `room` at `now`.
  /// Thread-safe, waits for nothing.
  virtual token_verdict judge(std::string_view token, std::string_view room,
                              std::chrono::system_clock::time_point now,
                              key_wish wish) const = 0;
};

} // namespace signalbox
