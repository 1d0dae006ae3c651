// The part of a room that is for those who look into it, or close it.

#include "actors/room.hpp"

namespace signalbox {

room_facts room::facts() const {
  room_facts result;
  result.name = name_;
  result.actor = id();
  result.shard = home_.shard;
  result.members = members_.size();
  result.has_remote = is_remote_possible_;
  result.messages = messages_;
  result.bytes = bytes_;
  result.age = age();
  return result;
}

closed_room room::close() {
  for (const auto& x : members_)
    send(x.who, end_atom_v, ec::room_closed);
  for (const auto& x : entering_)
    send(x.who, end_atom_v, ec::room_closed);
  for (const auto& x : line_)
    send(x.who, end_atom_v, ec::room_closed);
  return {name_, members_.size() + entering_.size() + line_.size(),
          is_remote_possible_};
}

} // namespace signalbox
