// Waiting for the operating system's signals, on the main thread, as values.
// Source: signalfd(2).

#pragma once

#include "net/descriptor.hpp"

#include <initializer_list>

namespace signalbox {

class signal_loop {
public:
  /// Blocks `signals` for the calling thread and all it starts later; make it
  /// before any other thread. Throws std::system_error.
  explicit signal_loop(std::initializer_list<int> signals);

  /// Waits for the next signal and returns its number, or 0 for `wake`. The
  /// same signal several times before it is waited for may be one.
  int wait();

  /// Makes `wait` return 0, once. Any thread.
  void wake() noexcept;

private:
  descriptor signals_;
  descriptor wake_;
};

} // namespace signalbox
