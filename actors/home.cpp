#include "actors/home.hpp"

#include "actors/supervisor.hpp"

namespace signalbox {

namespace {

// Timeouts are seconds to minutes and a tick is at most 250 ms: few rounds.
constexpr std::size_t wheel_slots = 512;

} // namespace

home::home(node_state& state, caf::execution_unit* execution_unit,
           const clock::time_point& start_of_turn, std::uint32_t shard_index)
  : unit(execution_unit),
    turn_start(start_of_turn),
    shard(shard_index),
    node(state),
    settings(state.settings),
    validator(settings.message_max_bytes),
    wheel(wheel_slots, beat_interval(settings)),
    session_rate(settings.rate_limit_messages_per_10s),
    room_rate(settings.rate_limit_room_msgs_per_10s) {
  // nop
}

} // namespace signalbox
