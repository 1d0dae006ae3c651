// What lets a session in where tokens are asked for: its token until that is
// judged, and then for how long. A session without tokens has none of this.

#pragma once

#include "actors/timer_wheel.hpp"

#include <chrono>
#include <string>

namespace signalbox {

class session;

struct session_pass final : timer_entry {
  explicit session_pass(std::string shown) : token(std::move(shown)) {
    // nop
  }

  /// To be judged; empty if none was shown, or once it was judged.
  std::string token;

  /// The token's `sub`; may be empty.
  std::string subject;

  /// When the session's right ends.
  std::chrono::system_clock::time_point ends_at;

  /// Whether the client was told that it ends soon.
  bool is_end_announced = false;

  /// Whose it is, once that is in its room.
  session* holder = nullptr;

private:
  void expired() override;
};

} // namespace signalbox
