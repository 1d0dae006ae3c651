// The one actor above all others on a node. Owns the heartbeat's clock (one
// tick for all sessions of all shards) and the circuit breaker, starts the
// subsystems of each shard again when one fails, and runs the drain.

#pragma once

#include "actors/circuit_breaker.hpp"
#include "actors/pinned.hpp"

#include <functional>
#include <vector>

namespace signalbox {

/// How to start a shard's backplane: embedded, or Redis.
using backplane_factory =
  std::function<backplane_actor(caf::actor_system&, home&)>;

/// How to start the node's key keeper, at home on the first shard; empty where
/// no keys have to be fetched.
using key_keeper_factory =
  std::function<key_keeper_actor(caf::actor_system&, home&)>;

/// The wheel's tick for these settings.
std::chrono::milliseconds beat_interval(const options& settings) noexcept;

class supervisor : public pinned<supervisor_actor> {
public:
  /// `homes` are all shards' homes; the supervisor itself lives at the first.
  supervisor(caf::actor_config& config, home& where, std::vector<home*> homes,
             backplane_factory make_backplane,
             key_keeper_factory make_key_keeper = {});

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  /// What each shard needs to work.
  struct subsystems {
    home* where;
    caretaker_actor caretaker;
    room_directory_actor directory;
    backplane_actor backplane;
    inspector_actor inspector;
    bool is_draining = false;
    /// Whether its backplane can be reached.
    bool is_backplane_up = false;
  };

  /// Who began the drain that is under way or done.
  enum class drain_cause : std::uint8_t { none, admin, signal };

  void start_key_keeper();
  void start_missing(subsystems& x);
  void beat();
  void restart(const caf::down_msg& down);
  void record_failure(actor_kind kind, const caf::error& reason);
  void lose_backplane(subsystems& x);
  void report(backplane_event event);
  void report(std::uint32_t shard, bool is_up);
  void try_circuit();
  caf::result<drained_atom> drain();
  void start_drain();
  drain_outcome start_or_cancel(drain_action action, const std::string& from);
  void cancel_drain();
  caf::result<cluster_ptr> ask_for_cluster();
  inspectors_ptr inspectors() const;
  void drain_shard(subsystems& x);
  void shard_drained(subsystems& x);
  void settle_drain();

  const backplane_factory make_backplane_;
  const key_keeper_factory make_key_keeper_;
  const std::chrono::milliseconds beat_interval_;
  std::vector<subsystems> shards_;
  key_keeper_actor key_keeper_;
  circuit_breaker breaker_;
  drain_cause drain_cause_ = drain_cause::none;
  /// Tells answers to a drain from those to one before it, which was cancelled.
  std::uint64_t drains_ = 0;
  std::vector<caf::typed_response_promise<drained_atom>> drain_promises_;
  std::size_t shards_draining_ = 0;
  home::clock::time_point drain_end_;
};

} // namespace signalbox
