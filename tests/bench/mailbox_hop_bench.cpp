// One message from an actor to another one on the same shard: the price of a
// mailbox, which a delivery pays where room or receiver are not idle.

#include "tests/support/shard_fixture.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

// A turn has a system call; this many messages share it.
constexpr int hops_per_turn = 1000;

/// Sends what it gets to its peer until there were enough.
class player final : public pinned<session_actor> {
public:
  player(caf::actor_config& config, home& where, int& left)
    : pinned(config, where, actor_kind::session), left_(left) {
    // nop
  }

  session_actor peer;

protected:
  behavior_type make_behavior() override {
    return {
      [this](deliver_atom, const batch_ptr& batch) {
        if (--left_ > 0)
          send(peer, deliver_atom_v, batch);
      },
      [](dropped_atom, const batch_ptr&, std::uint32_t) {},
      [](end_atom, ec) {},
      [](opened_atom) {},
      [](gone_atom) {},
    };
  }

  // The two hold each other.
  void on_exit() override { peer = nullptr; }

private:
  int& left_;
};

player& object_of(const session_actor& who) {
  return *static_cast<player*>(caf::actor_cast<caf::abstract_actor*>(who));
}

void mailbox_hop(benchmark::State& state) {
  int left = 0;
  shard_fixture x;
  const auto one = x.spawn_on<player>(0, left);
  const auto other = x.spawn_on<player>(0, left);
  object_of(one).peer = other;
  object_of(other).peer = one;
  const batch_ptr batch = std::make_shared<relay_batch>();
  while (state.KeepRunningBatch(hops_per_turn)) {
    left = hops_per_turn;
    x.in_turn([&] { caf::anon_send(one, deliver_atom_v, batch); });
    if (left != 0)
      return state.SkipWithError("a message was lost");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mailbox_hop);

} // namespace
