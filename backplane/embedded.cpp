#include "backplane/embedded.hpp"

namespace signalbox {

namespace {

class embedded : public pinned<backplane_actor> {
public:
  embedded(caf::actor_config& config, home& where)
    : pinned(config, where, actor_kind::backplane) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    home_.backplane = self_handle();
    return {
      // Rooms of a standalone node send none of the next four.
      [](seat_atom, const std::string&, const room_actor&, session_id) {
        constexpr auto is_remote_possible = false;
        return is_remote_possible;
      },
      [](vacate_atom, const std::string&, session_id) {
        // The room has counted it out already.
      },
      [](spread_atom, const std::string&, session_id, const batch_ptr&) {
        // Nobody else hosts the room.
      },
      [](adopt_atom, const std::string&, const room_actor&,
         const session_ids&) {
        // They have their seats by sitting there.
      },
      [](admitted_atom, const ip_address&) {
        // The node's own count is the whole count.
      },
      [](probe_atom) {
        // There is nothing that could fail.
      },
      [this](cluster_atom) {
        return std::make_shared<const cluster_nodes>(cluster_nodes{
          {.id = home_.node.id, .is_self = true, .shards = 1, .lease = {}}});
      },
      [](drain_atom) { return drained_atom_v; },
    };
  }

  void on_exit() override {
    if (home_.backplane == self_handle())
      home_.backplane = nullptr;
  }
};

} // namespace

backplane_actor embedded_backplane(caf::actor_system& system, home& where) {
  return spawn_at<embedded>(system, where);
}

} // namespace signalbox
