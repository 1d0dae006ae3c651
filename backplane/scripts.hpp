// The Lua scripts that Redis runs for us, from the folder scripts; each file
// says what it takes and returns. A script touches the keys it is given and no
// others, all in one slot of a cluster. They need Redis 6.2 or later. Redis
// itself says by which name (SHA1) it knows one, in answer to SCRIPT LOAD.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signalbox {

enum class script_id : std::uint8_t {
  /// Gives a member a seat if there is one.
  join,
  /// Gives a member's seat back and tells the other nodes.
  leave,
  /// Takes back a join that was not answered in time.
  compensate,
  /// Makes a room's members of one holder those that the holder has.
  reconcile,
  /// Removes members of dead nodes.
  sweep,
  /// Renews a holder's lease and names the dead among others.
  lease,
  /// Tells which holders have a lease.
  nodes,
  /// Writes and publishes, to see whether that works.
  probe,
  /// Counts a connection of a client's address.
  count_connection,
};

inline constexpr std::size_t script_ids = 9;

/// What SCRIPT LOAD and EVAL take. Lives as long as the process.
std::string_view text_of(script_id script) noexcept;

std::string_view name_of(script_id script) noexcept;

} // namespace signalbox
