// The rooms at home on one shard, by name. Spawns a room for its first member
// and ends it after its last. The two race: a session may be on its way into a
// room that has just become empty. So the directory counts the entries it has
// passed on, the room counts those it has seen, and a room is ended only when
// both agree.

#pragma once

#include "actors/pinned.hpp"

#include <string>
#include <unordered_map>

namespace signalbox {

class room_directory : public pinned<room_directory_actor> {
public:
  room_directory(caf::actor_config& config, home& where);

protected:
  behavior_type make_behavior() override;

  bool handle_at_once(caf::mailbox_element& x) override;

  void on_exit() override;

private:
  struct entry {
    room_actor room;
    std::uint64_t enters_passed_on = 0;
  };

  using passed_on = caf::delegated<caf::strong_actor_ptr>;

  passed_on enter(const std::string& name, session_id id,
                  const session_actor& who);
  entry& find_or_spawn(const std::string& name);
  void retire(const std::string& name, std::uint64_t enters_seen);

  std::unordered_map<std::string, entry> rooms_;
};

} // namespace signalbox
