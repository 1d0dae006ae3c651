// The part of a session that is for those who look into it: what it counts, and
// its flight recorder.

#include "actors/session.hpp"
#include "schema/frames.hpp"

namespace signalbox {

namespace {

std::uint8_t number_of(const relay_batch& batch, std::size_t message) noexcept {
  return message < batch.kinds.size()
           ? static_cast<std::uint8_t>(batch.kinds[message])
           : remote_detail;
}

} // namespace

void session::record(event_kind kind, std::uint8_t detail,
                     std::size_t bytes) noexcept {
  if constexpr (SIGNALBOX_STATISTICS)
    recorder_.record(
      {home_.turn_start, kind, detail, static_cast<std::uint32_t>(bytes)});
}

void session::record_delivery(const relay_batch& batch) noexcept {
  if (batch.messages == 0)
    return record(event_kind::out, notice_detail,
                  peer_disconnected_text.size());
  std::string_view frames = batch.frames;
  for (std::size_t i = 0; i < batch.messages; ++i)
    record(event_kind::out, number_of(batch, i), take_frame(frames).size());
}

// Those the room took no more of: they were recorded as they came in.
void session::dropped(const relay_batch& batch,
                      std::uint32_t passed_on) noexcept {
  auto frames = std::string_view{batch.frames};
  frames.remove_prefix(prefix_size(frames, passed_on));
  while (!frames.empty())
    record(event_kind::dropped, static_cast<std::uint8_t>(ec::rate_limited),
           take_frame(frames).size());
}

session_facts session::facts() const {
  session_facts result;
  result.id = id_;
  result.actor = super::id();
  result.shard = home_.shard;
  result.state = state();
  result.talks = start_.talks;
  result.room = start_.room;
  result.client = start_.client;
  if (start_.pass)
    result.subject = start_.pass->subject;
  result.age = age();
  result.messages_in = traffic_.messages_in;
  result.messages_out = traffic_.messages_out;
  result.bytes_in = traffic_.bytes_in;
  result.bytes_out = traffic_.bytes_out;
  result.unsent_bytes = unsent_bytes();
  if (last_pong_ != home::clock::time_point{})
    result.since_pong = home_.turn_start - last_pong_;
  return result;
}

session_state session::state() const noexcept {
  switch (phase_) {
    case phase::handshaking:
      return session_state::handshaking;
    case phase::checking:
      return session_state::checking;
    case phase::entering:
      return session_state::entering;
    case phase::open:
      return session_state::open;
    case phase::closing:
    case phase::gone:
      return session_state::closing;
  }
  return session_state::closing;
}

bool session::mentions(std::string_view text) const {
  const auto is_in = [text](std::string_view where) {
    return where.find(text) != std::string_view::npos;
  };
  return is_in(start_.room) || (start_.pass && is_in(start_.pass->subject))
         || is_in(std::to_string(id_.value))
         || is_in(start_.client.to_string());
}

} // namespace signalbox
