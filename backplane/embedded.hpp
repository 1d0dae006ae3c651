// The backplane of a standalone node: there are no other nodes. A room's own
// count of its members is the truth, so every seat asked for is given, and
// nothing has to be spread.

#pragma once

#include "actors/pinned.hpp"

namespace signalbox {

/// Starts the embedded backplane of the shard at `where`.
backplane_actor embedded_backplane(caf::actor_system& system, home& where);

} // namespace signalbox
