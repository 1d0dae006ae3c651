// Looks after the sessions of one shard: turns the timer wheel that holds their
// heartbeats, and closes them in a drain. Its beat also ends the windows of the
// shard's longest mailboxes.

#pragma once

#include "actors/drain_schedule.hpp"
#include "actors/pinned.hpp"

#include <optional>

namespace signalbox {

class caretaker : public pinned<caretaker_actor> {
public:
  caretaker(caf::actor_config& config, home& where,
            supervisor_actor supervisor);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  struct drain {
    drain_schedule schedule;
    home::clock::time_point started;
    caf::timespan within;
    std::uint64_t closes = 0;
    caf::typed_response_promise<drained_atom> done;
  };

  caf::result<drained_atom> start_drain(caf::timespan within);
  void drain_some();
  void end_drain();

  const supervisor_actor supervisor_;
  std::optional<drain> drain_;
};

} // namespace signalbox
