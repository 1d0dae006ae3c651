// An owned file descriptor.

#pragma once

#include <unistd.h>
#include <utility>

namespace signalbox {

class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int value) noexcept : value_(value) {
    // nop
  }
  descriptor(descriptor&& other) noexcept
    : value_(std::exchange(other.value_, -1)) {
    // nop
  }
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~descriptor() { close(); }

  int get() const noexcept { return value_; }

  bool is_open() const noexcept { return value_ >= 0; }

  void close() noexcept {
    if (value_ >= 0)
      ::close(std::exchange(value_, -1));
  }

private:
  int value_ = -1;
};

} // namespace signalbox
