// Opening a session: the transport of actors/session over a WebSocket.

#pragma once

#include "net/gateway.hpp"

namespace signalbox {

/// Spawns the session of `who` on this shard and answers its upgrade; from here
/// on it owns the socket. REQUIRES: the shard's thread.
void open_session(caf::actor_system& system, shard& where, home& at,
                  newcomer who);

} // namespace signalbox
