#include "net/tokens/key_schedule.hpp"

#include <algorithm>

namespace signalbox {

key_schedule::answer key_schedule::asked(time_point now) noexcept {
  if (is_fetching_)
    return answer::after_fetch;
  if (was_started_ && now - started_ < min_refetch_)
    return answer::now;
  is_fetching_ = true;
  was_started_ = true;
  started_ = now;
  // While the issuer is known to be down, one with a known key waits for it:
  // who has set this off. The others are judged without asking. The end of the
  // fetch takes this back.
  if (is_failing())
    fresh_until_ = std::max(fresh_until_, now + fetch_time_max);
  return answer::after_new_fetch;
}

void key_schedule::fetched(time_point now) noexcept {
  is_fetching_ = false;
  failures_ = 0;
  ttl_end_ = now + ttl_;
  fresh_until_ = ttl_end_;
}

// What is left of the time to live is not lost: an unknown key's holder may
// have asked long before its end.
void key_schedule::failed(time_point now) noexcept {
  is_fetching_ = false;
  ++failures_;
  fresh_until_ = std::max(ttl_end_, now + std::max(min_refetch_, backoff()));
}

key_schedule::milliseconds key_schedule::backoff() const noexcept {
  auto result = backoff_first;
  for (std::uint64_t i = 1; i < failures_ && result < backoff_max; ++i)
    result *= 2;
  return std::min({result, backoff_max, ttl_});
}

} // namespace signalbox
