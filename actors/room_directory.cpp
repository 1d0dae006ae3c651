#include "actors/room_directory.hpp"

#include "actors/room.hpp"

namespace signalbox {

room_directory::room_directory(caf::actor_config& config, home& where)
  : pinned(config, where, actor_kind::room_directory) {
  // nop
}

room_directory::behavior_type room_directory::make_behavior() {
  home_.directory = self_handle();
  return {
    [this](enter_atom, const std::string& name, session_id id,
           const session_actor& who) {
      auto& x = find_or_spawn(name);
      ++x.enters_passed_on;
      return delegate(x.room, enter_atom_v, id, who);
    },
    [this](leave_room_atom, const std::string& name, session_id id) {
      if (auto i = rooms_.find(name); i != rooms_.end())
        send(i->second.room, leave_room_atom_v, id);
    },
    [this](retire_atom, const std::string& name, std::uint64_t enters_seen) {
      retire(name, enters_seen);
    },
    [this](failed_atom, const std::string& name) {
      if (auto i = rooms_.find(name);
          i != rooms_.end() && i->second.room == current_sender())
        rooms_.erase(i);
    },
    [this](reseat_atom) {
      for (const auto& [name, x] : rooms_)
        send(x.room, reseat_atom_v);
    },
  };
}

room_directory::entry& room_directory::find_or_spawn(const std::string& name) {
  auto& result = rooms_[name];
  if (!result.room)
    result.room = spawn_at<room>(system(), home_, name, self_handle());
  return result;
}

void room_directory::retire(const std::string& name,
                            std::uint64_t enters_seen) {
  auto i = rooms_.find(name);
  if (i == rooms_.end() || i->second.room != current_sender()
      || i->second.enters_passed_on != enters_seen)
    return;
  send_exit(i->second.room, caf::exit_reason::user_shutdown);
  rooms_.erase(i);
}

// Nobody could find its rooms any more, so they end with it. (That they watch
// it would do too, but CAF looks through all who watch when one of them goes.)
void room_directory::on_exit() {
  if (home_.directory == self_handle())
    home_.directory = nullptr;
  for (const auto& [name, x] : rooms_)
    send_exit(x.room, caf::exit_reason::unreachable);
  rooms_.clear();
}

} // namespace signalbox
