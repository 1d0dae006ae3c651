#include "actors/circuit_breaker.hpp"

#include <algorithm>

namespace signalbox {

circuit_breaker::circuit_breaker(std::uint64_t error_threshold,
                                 std::chrono::milliseconds open_for) noexcept
  : error_threshold_(std::max<std::uint64_t>(error_threshold, 1)),
    open_for_(open_for) {
}

bool circuit_breaker::admits_join(time_point now) noexcept {
  half_open_if_due(now);
  return state_ == phase::closed;
}

bool circuit_breaker::wants_probe(time_point now) noexcept {
  half_open_if_due(now);
  if (state_ != phase::half_open)
    return false;
  if (is_trial_out_ && now - since_ < open_for_)
    return false;
  is_trial_out_ = true;
  since_ = now;
  return true;
}

void circuit_breaker::expect_return() noexcept {
  if (state_ == phase::open)
    state_ = phase::half_open;
}

void circuit_breaker::report_success(time_point now) noexcept {
  half_open_if_due(now);
  switch (state_) {
    case phase::closed:
      failures_ = 0;
      break;
    case phase::open:
      break;
    case phase::half_open:
      // Nothing but the trial closes: until it is out, this is an old answer.
      if (is_trial_out_) {
        state_ = phase::closed;
        failures_ = 0;
        is_trial_out_ = false;
      }
      break;
  }
}

void circuit_breaker::report_failure(time_point now) noexcept {
  half_open_if_due(now);
  switch (state_) {
    case phase::closed:
      if (++failures_ >= error_threshold_)
        open(now);
      break;
    case phase::open:
      break;
    case phase::half_open:
      if (is_trial_out_)
        open(now);
      break;
  }
}

void circuit_breaker::open(time_point now) noexcept {
  state_ = phase::open;
  since_ = now;
  is_trial_out_ = false;
}

void circuit_breaker::half_open_if_due(time_point now) noexcept {
  if (state_ == phase::open && now - since_ >= open_for_)
    state_ = phase::half_open;
}

} // namespace signalbox
