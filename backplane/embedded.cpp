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
      [](seat_atom, const std::string&, session_id) {
        constexpr auto is_remote_possible = false;
        return is_remote_possible;
      },
      [](vacate_atom, const std::string&, session_id) {
        // The room has counted it out already.
      },
      [](spread_atom, const std::string&, session_id, const batch_ptr&) {
        // Nobody else hosts the room.
      },
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
