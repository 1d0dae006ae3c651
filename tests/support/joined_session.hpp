// A session in a room called "lobby", its socket in memory.

#pragma once

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_session.hpp"

namespace signalbox::test {

/// Runs until it is in its room, if it is let in.
inline session_actor join_lobby(deterministic_system& x,
                                std::size_t shard = 0) {
  session_start start;
  start.room = "lobby";
  auto result = x.spawn_on<fake_session>(shard, std::move(start));
  x.run();
  deterministic_system::object_of<fake_session>(result).opened();
  x.run();
  return result;
}

} // namespace signalbox::test
