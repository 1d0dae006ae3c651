// What a download may cost at most.

#pragma once

#include <chrono>
#include <cstddef>

namespace signalbox {

struct download_limits {
  /// From the start to the last byte, redirects included.
  std::chrono::milliseconds within{5'000};
  std::size_t body_bytes_max = 1024 * 1024;
  /// Of all answers together, those with redirects included.
  std::size_t header_bytes_max = 256 * 1024;
  long redirects_max = 5;

  /// By one connection, skipped bodies and the wrapping of bodies included: no
  /// document that is let in needs as much.
  std::size_t received_bytes_max() const noexcept {
    return 2 * body_bytes_max + header_bytes_max;
  }
};

} // namespace signalbox
