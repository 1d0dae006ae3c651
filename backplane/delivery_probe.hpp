// Whether what is published through a server comes back: the only sign that
// both connections to it, and Redis itself, do what they are there for. A
// subscriber can be connected and deaf, and PING answers without memory. One
// probe at a time. No clock inside, one thread only.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

class delivery_probe {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// From one probe to the next. With `patience` less than a second, so that
  /// readiness tells of a dead Redis within one.
  static constexpr std::chrono::milliseconds period{250};

  /// How long one may be under way.
  static constexpr std::chrono::milliseconds patience{600};

  /// So many in a row that were published and not heard: a deaf subscriber.
  static constexpr int deaf_after = 3;

  bool is_due(time_point now) const noexcept {
    return !is_out_ && now - sent_ >= period;
  }

  /// The payload of the next one, which is under way from now on.
  std::string send(time_point now) {
    is_out_ = true;
    is_published_ = false;
    sent_ = now;
    return std::to_string(++sequence_);
  }

  /// There is no way to send one now: the next is due a period later.
  void skip(time_point now) noexcept {
    is_out_ = false;
    sent_ = now;
  }

  /// Redis has taken it.
  void published() noexcept { is_published_ = true; }

  /// It cannot come any more. False if it was not under way.
  bool failed() noexcept {
    const auto was_out = is_out_;
    is_out_ = false;
    return was_out;
  }

  /// Something came back: how long it took, if it is the one under way.
  std::optional<duration> heard(std::string_view payload,
                                time_point now) noexcept {
    if (!is_out_ || payload != std::to_string(sequence_))
      return std::nullopt;
    is_out_ = false;
    unheard_ = 0;
    return now - sent_;
  }

  /// True once if the one under way is late.
  bool is_late(time_point now) noexcept {
    if (!is_out_ || now - sent_ < patience)
      return false;
    is_out_ = false;
    if (is_published_)
      ++unheard_;
    return true;
  }

  /// True once for each row of unheard ones.
  bool is_deaf() noexcept {
    if (unheard_ < deaf_after)
      return false;
    unheard_ = 0;
    return true;
  }

private:
  time_point sent_{};
  std::uint64_t sequence_ = 0;
  int unheard_ = 0;
  bool is_out_ = false;
  bool is_published_ = false;
};

} // namespace signalbox
