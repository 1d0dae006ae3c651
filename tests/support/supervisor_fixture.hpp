// A supervisor with everything below it, on as many shards as the test wants;
// only the backplanes write down what they are asked.

#pragma once

#include "actors/supervisor.hpp"
#include "tests/support/joined_session.hpp"
#include "tests/support/session_fixture.hpp"

namespace signalbox::test {

/// Drains in 1 s.
class supervisor_fixture : public deterministic_system {
public:
  explicit supervisor_fixture(std::uint32_t shards,
                              const adjustment& adjust = {})
    : deterministic_system(
      [&](options& o) {
        o.drain_timeout = 1s;
        if (adjust)
          adjust(o);
      },
      shards) {
    supervisor = spawn<signalbox::supervisor>(
      all_homes(),
      [this](caf::actor_system& x, home& where) {
        ++backplanes_made;
        return spawn_at<fake_backplane>(x, where, asked);
      },
      [](caf::actor_system& x, home& where) {
        return spawn_at<fake_key_keeper>(x, where);
      });
    run();
  }

  session_actor add_open(std::size_t shard = 0) {
    return join_lobby(*this, shard);
  }

  static fake_session& of(const session_actor& who) {
    return object_of<fake_session>(who);
  }

  auto drain() {
    auto result = ask<drained_atom>(supervisor, drain_atom_v);
    run();
    return result;
  }

  transcript& asked = new_transcript();
  int backplanes_made = 0;
  supervisor_actor supervisor;
};

} // namespace signalbox::test
