// The part of a room that is for those who look into it, or close it.

#include "actors/room.hpp"
#include "actors/session.hpp"

namespace signalbox {

namespace {

// Members live where their room does. Null for what is no session, in tests.
const session* object_of(const session_actor& who) {
  return dynamic_cast<const session*>(
    caf::actor_cast<caf::abstract_actor*>(who));
}

} // namespace

std::uint64_t room::unsent_bytes() const {
  std::uint64_t result = 0;
  for (const auto& x : members_)
    if (const auto* who = object_of(x.who))
      result += who->unsent_bytes();
  return result;
}

room_facts room::facts() const {
  room_facts result;
  result.name = name_;
  result.actor = id();
  result.shard = home_.shard;
  result.members = members_.size();
  result.has_remote = is_remote_possible_;
  result.messages = messages_;
  result.bytes = bytes_;
  result.unsent_bytes = unsent_bytes();
  result.age = age();
  return result;
}

room_details room::details() const {
  room_details result{facts(), {}};
  for (const auto& x : members_)
    if (const auto* who = object_of(x.who))
      result.members.push_back(who->facts());
  return result;
}

std::uint64_t room::close() {
  for (const auto& x : members_)
    send(x.who, end_atom_v, ec::room_closed);
  for (const auto& x : entering_)
    send(x.who, end_atom_v, ec::room_closed);
  return members_.size() + entering_.size();
}

void room::label(actor_facts& x) const {
  x.room = name_;
}

} // namespace signalbox
