// The last events of one session, for who looks into it: what came, what went,
// what was refused. Grows as it fills, to `events_max` entries of 16 bytes; an
// idle session has few. For the home's thread only.

#pragma once

#include "schema/error.hpp"
#include "schema/validator.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace signalbox {

enum class event_kind : std::uint8_t {
  /// The upgrade was answered.
  opened,
  /// It has its seat in the room.
  joined,
  /// A message of the client; `detail` is its message_kind.
  in,
  /// A message to the client, likewise; or `notice_detail`, `remote_detail`.
  out,
  /// A message that is not valid; `detail` is the `ec`.
  refused,
  /// A message over a limit; `detail` is ec::rate_limited. Over the room's it
  /// was `in` before.
  dropped,
  ping,
  pong,
  /// The client does not read; `bytes` are unsent.
  backpressure,
  /// `detail` is the `ec`; ec::none if the client left.
  closed,
};

std::string_view name_of(event_kind kind) noexcept;

/// Of `out`: a message of the server's own.
inline constexpr std::uint8_t notice_detail = 254;

/// Of `out`: messages of another node, whose type nobody here has looked at.
inline constexpr std::uint8_t remote_detail = 255;

struct recorded_event {
  std::chrono::steady_clock::time_point at;
  event_kind kind = event_kind::opened;
  std::uint8_t detail = 0;
  std::uint32_t bytes = 0;
};

/// `detail` in words; empty where there is nothing to say.
std::string_view detail_of(const recorded_event& event) noexcept;

class flight_recorder {
public:
  static constexpr std::size_t events_max = 32;

  /// Never throws: an event that finds no memory is not kept.
  void record(const recorded_event& event) noexcept;

  /// Oldest first.
  std::vector<recorded_event> events() const;

private:
  bool make_room() noexcept;

  std::unique_ptr<recorded_event[]> ring_;
  /// Of the ring, and how much of it is in use; at most `events_max`.
  std::uint8_t capacity_ = 0;
  std::uint8_t size_ = 0;
  /// Where the next one goes.
  std::uint8_t next_ = 0;
};

} // namespace signalbox
