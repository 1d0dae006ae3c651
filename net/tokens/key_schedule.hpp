// When an issuer's key set is fetched: only when a session asks, which it does
// if it cannot have its token judged with the keys at hand; one fetch at a
// time, shared by all who ask meanwhile; and one start each `min_refetch` at
// most, whatever tokens ask for. While the issuer is down the old keys stay in
// use.
//
//     idle --asked, start is due--> fetching --fetched, failed--> idle
//
// No clock and no I/O inside. Times up to 10^12 ms do not overflow.

#pragma once

#include <chrono>
#include <cstdint>

namespace signalbox {

class key_schedule {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  /// How long old keys are used without asking after the first failure; twice
  /// as long after each further one, up to `backoff_max` or the time to live.
  static constexpr milliseconds backoff_first{1'000};
  static constexpr milliseconds backoff_max{30'000};

  /// Longer than any fetch takes.
  static constexpr milliseconds fetch_time_max{10'000};

  enum class answer : std::uint8_t {
    /// At once: the keys are as fresh as they may be now.
    now,
    /// When the fetch under way has ended.
    after_fetch,
    /// The same, and it is for the caller to start it.
    after_new_fetch,
  };

  /// `ttl`: how long fetched keys are fresh. `min_refetch`: from the start of
  /// one fetch to that of the next, at least.
  key_schedule(milliseconds ttl, milliseconds min_refetch) noexcept
    : ttl_(ttl), min_refetch_(min_refetch) {
    // nop
  }

  /// A session asks for fresher keys.
  answer asked(time_point now) noexcept;

  /// The fetch has brought a key set.
  void fetched(time_point now) noexcept;

  /// It has not.
  void failed(time_point now) noexcept;

  /// Until when the keys at hand, if there are any, are used without asking.
  /// Changes with each of the calls above; in the past before the first.
  time_point fresh_until() const noexcept { return fresh_until_; }

  /// Whether the last fetch that has ended brought nothing.
  bool is_failing() const noexcept { return failures_ > 0; }

private:
  milliseconds backoff() const noexcept;

  const milliseconds ttl_;
  const milliseconds min_refetch_;
  bool is_fetching_ = false;
  /// Whether `started_` says anything.
  bool was_started_ = false;
  time_point started_;
  /// When the time to live of the last good fetch is over.
  time_point ttl_end_ = time_point::min();
  time_point fresh_until_ = time_point::min();
  /// Since the last good fetch.
  std::uint64_t failures_ = 0;
};

} // namespace signalbox
