#include "actors/flight_recorder.hpp"

#include <algorithm>
#include <new>

namespace signalbox {

namespace {

// What a session has that just came: opened and joined.
constexpr std::uint8_t capacity_first = 2;

} // namespace

std::string_view name_of(event_kind kind) noexcept {
  switch (kind) {
    case event_kind::opened:
      return "opened";
    case event_kind::joined:
      return "joined";
    case event_kind::in:
      return "in";
    case event_kind::out:
      return "out";
    case event_kind::refused:
      return "refused";
    case event_kind::dropped:
      return "dropped";
    case event_kind::ping:
      return "ping";
    case event_kind::pong:
      return "pong";
    case event_kind::backpressure:
      return "backpressure";
    case event_kind::closed:
      return "closed";
  }
  return {};
}

std::string_view detail_of(const recorded_event& event) noexcept {
  switch (event.kind) {
    case event_kind::in:
    case event_kind::out:
      if (event.detail == notice_detail)
        return "notice";
      if (event.detail == remote_detail)
        return "remote";
      return name_of(static_cast<message_kind>(event.detail));
    case event_kind::closed:
      if (event.detail == static_cast<std::uint8_t>(ec::none))
        return "left";
      [[fallthrough]];
    case event_kind::refused:
    case event_kind::dropped:
      return name_of(static_cast<ec>(event.detail));
    case event_kind::opened:
    case event_kind::joined:
    case event_kind::ping:
    case event_kind::pong:
    case event_kind::backpressure:
      return {};
  }
  return {};
}

void flight_recorder::record(const recorded_event& event) noexcept {
  if (next_ == capacity_ && !make_room())
    return;
  ring_[next_] = event;
  size_ = std::max<std::uint8_t>(size_, next_ + 1);
  ++next_;
}

// The ring is full up to its end: it grows, or begins again.
bool flight_recorder::make_room() noexcept {
  if (capacity_ == events_max) {
    next_ = 0;
    return true;
  }
  const auto capacity =
    capacity_ == 0 ? capacity_first : static_cast<std::uint8_t>(capacity_ * 2);
  std::unique_ptr<recorded_event[]> larger{new (std::nothrow)
                                             recorded_event[capacity]};
  if (!larger)
    return false;
  std::copy_n(ring_.get(), size_, larger.get());
  ring_ = std::move(larger);
  capacity_ = capacity;
  return true;
}

std::vector<recorded_event> flight_recorder::events() const {
  std::vector<recorded_event> result;
  result.reserve(size_);
  if (size_ == events_max)
    result.assign(ring_.get() + next_, ring_.get() + size_);
  result.insert(result.end(), ring_.get(), ring_.get() + next_);
  return result;
}

} // namespace signalbox
