// The largest of what was seen lately: in the window that is open and in the
// ten before it. Pure: whoever has a clock ends the windows. Hot path: `saw` is
// a compare, and a store for what is the largest of its window.

#pragma once

#include <algorithm>
#include <array>

namespace signalbox {

template <class T>
class recent_maximum {
public:
  /// True if `x` is the largest of this window so far.
  bool saw(T x) noexcept {
    if (x <= windows_[0])
      return false;
    windows_[0] = x;
    value_ = std::max(value_, x);
    return true;
  }

  T value() const noexcept { return value_; }

  void end_window() noexcept {
    std::shift_right(windows_.begin(), windows_.end(), 1);
    windows_[0] = {};
    value_ = *std::max_element(windows_.begin(), windows_.end());
  }

private:
  /// Of this window, and of each of those before it.
  std::array<T, 11> windows_{};
  T value_{};
};

} // namespace signalbox
