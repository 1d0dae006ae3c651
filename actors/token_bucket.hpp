// Fractional token buckets for the limits per 10 s: a burst of the whole limit,
// refilled evenly, without timers and without rounding tokens to whole ones.
// Source: the generic cell rate algorithm as virtual scheduling, ITU-T I.371
// Annex A. Its theoretical arrival time is kept in messages since the clock's
// origin (seconds times rate), so that each take adds exactly 1 and nothing
// drifts. No clock inside: the caller passes the time of a steady one.
// Hot path: `try_take` runs up to three times per inbound message.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

namespace signalbox {

/// A limit, ready for use by any number of buckets. Immutable.
class message_rate {
public:
  /// REQUIRES: 1 <= limit_per_10s <= 10^12.
  explicit constexpr message_rate(std::uint64_t limit_per_10s) noexcept
    : burst_(static_cast<double>(limit_per_10s)), per_second_(burst_ / 10) {}

  /// One step of the algorithm: the theoretical arrival time after a message at
  /// `now_seconds`, or nothing if that message is over the limit.
  constexpr std::optional<double> take(double arrival,
                                       double now_seconds) const noexcept {
    const auto now = messages_at(now_seconds);
    // A bucket is at most `burst_` ahead of the clock; one that is twice as far
    // ahead has seen the clock jump back and starts afresh. Less than that is
    // the skew between shards and must not hand out anything.
    const auto is_ahead = arrival > now && arrival <= now + 2 * burst_;
    const auto base = is_ahead ? arrival : now;
    if (base + 1 - now > burst_ + tolerance)
      return std::nullopt;
    return base + 1;
  }

  /// The arrival time after `messages` more at `now_seconds`, over the limit or
  /// not, but never more than one limit over it: more would look like a clock
  /// that jumped.
  constexpr double charged(double arrival, std::uint32_t messages,
                           double now_seconds) const noexcept {
    const auto now = messages_at(now_seconds);
    const auto is_ahead = arrival > now && arrival <= now + 2 * burst_;
    const auto base = is_ahead ? arrival : now;
    return std::min(base + messages, now + 2 * burst_);
  }

  /// The arrival time of a bucket with `tokens` left at `now_seconds`; negative
  /// ones are owed, at most one limit.
  constexpr double arrival_with(double tokens,
                                double now_seconds) const noexcept {
    const auto owed_at_most = std::max(tokens, -burst_);
    return messages_at(now_seconds) + burst_ - owed_at_most;
  }

  /// Whether a bucket with this arrival time differs in nothing from a new one.
  constexpr bool is_full(double arrival, double now_seconds) const noexcept {
    return arrival <= messages_at(now_seconds);
  }

private:
  // How much of a message one may come early: makes up for the rounding of the
  // caller's seconds, for uptimes of months and limits up to 10^7. It does not
  // add up, as an early message moves the arrival time by a whole one.
  static constexpr double tolerance = 1.0 / 1024;

  constexpr double messages_at(double now_seconds) const noexcept {
    return now_seconds * per_second_;
  }

  double burst_;
  double per_second_;
};

/// One bucket of one thread. Full when new. Its limit is passed with each call,
/// always the same one, so that a session pays 8 bytes for it.
class token_bucket {
public:
  /// Takes a token if there is one; a refusal takes nothing.
  bool try_take(const message_rate& rate, double now_seconds) noexcept {
    const auto next = rate.take(arrival_, now_seconds);
    if (next)
      arrival_ = *next;
    return next.has_value();
  }

  /// Counts messages that were admitted elsewhere: the bucket may come to owe
  /// up to one whole limit.
  void charge(const message_rate& rate, std::uint32_t messages,
              double now_seconds) noexcept {
    arrival_ = rate.charged(arrival_, messages, now_seconds);
  }

  /// Leaves at most `tokens` in the bucket; negative: so many are owed.
  void limit_to(const message_rate& rate, double tokens,
                double now_seconds) noexcept {
    arrival_ = std::max(arrival_, rate.arrival_with(tokens, now_seconds));
  }

  bool is_full(const message_rate& rate, double now_seconds) const noexcept {
    return rate.is_full(arrival_, now_seconds);
  }

private:
  double arrival_ = -std::numeric_limits<double>::infinity();
};

/// The same for any number of threads. Their clocks may differ by a little: the
/// one behind is refused what the one ahead has taken.
class shared_token_bucket {
public:
  bool try_take(const message_rate& rate, double now_seconds) noexcept {
    // Relaxed: the bucket guards no other memory.
    auto seen = arrival_.load(std::memory_order_relaxed);
    for (;;) {
      const auto next = rate.take(seen, now_seconds);
      if (!next)
        return false;
      if (arrival_.compare_exchange_weak(seen, *next,
                                         std::memory_order_relaxed))
        return true;
    }
  }

  bool is_full(const message_rate& rate, double now_seconds) const noexcept {
    return rate.is_full(arrival_.load(std::memory_order_relaxed), now_seconds);
  }

private:
  static_assert(std::atomic<double>::is_always_lock_free);

  std::atomic<double> arrival_ = -std::numeric_limits<double>::infinity();
};

} // namespace signalbox
