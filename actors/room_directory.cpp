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
           const session_actor& who) { return enter(name, id, who); },
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

bool room_directory::handle_at_once(caf::mailbox_element& x) {
  return handle_request<enter_atom, std::string, session_id, session_actor>(
           x, [this](const std::string& name, session_id id,
                     const session_actor& who) { return enter(name, id, who); })
         || handle<retire_atom, std::string, std::uint64_t>(
           x, [this](const std::string& name, std::uint64_t enters_seen) {
             retire(name, enters_seen);
           });
}

// As `delegate` does, which would wrap the values into a message that the room
// had to search for.
room_directory::passed_on room_directory::enter(const std::string& name,
                                                session_id id,
                                                const session_actor& who) {
  auto& x = find_or_spawn(name);
  ++x.enters_passed_on;
  auto& request = *current_mailbox_element();
  caf::actor_cast<caf::abstract_actor*>(x.room)->enqueue(
    caf::make_mailbox_element(std::move(request.sender), request.mid,
                              std::move(request.stages), enter_atom_v, id, who),
    context());
  return {};
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
