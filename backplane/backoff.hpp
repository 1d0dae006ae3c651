// How long to wait before the next attempt to connect: doubling, with a random
// part so that the nodes of a cluster do not all come back in one instant.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
// 2015 ("equal jitter": half of each delay is certain, half is random). No
// clock and no randomness inside.

#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace signalbox {

class backoff {
public:
  static constexpr std::chrono::milliseconds first_delay{50};
  static constexpr std::chrono::milliseconds delay_max{1000};

  /// The delay before the next attempt: evenly in [d/2, d], where d doubles
  /// from `first_delay` on up to `delay_max`.
  template <class UniformRandomBitGenerator>
  std::chrono::milliseconds next(UniformRandomBitGenerator& random) {
    using count = std::chrono::milliseconds::rep;
    std::uniform_int_distribution<count> jittered{delay_.count() / 2,
                                                  delay_.count()};
    delay_ = std::min(2 * delay_, delay_max);
    return std::chrono::milliseconds{jittered(random)};
  }

  /// An attempt has succeeded: the next failure is a first one.
  void reset() noexcept { delay_ = first_delay; }

private:
  std::chrono::milliseconds delay_ = first_delay;
};

} // namespace signalbox
