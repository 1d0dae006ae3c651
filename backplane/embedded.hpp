// The backplane of a standalone node: there are no other nodes. Rooms do not
// ask it for seats, as their own count of their members is the truth; it
// answers who looks inside, and drains.

#pragma once

#include "actors/pinned.hpp"

namespace signalbox {

/// Starts the embedded backplane of the shard at `where`.
backplane_actor embedded_backplane(caf::actor_system& system, home& where);

} // namespace signalbox
