#include "actors/statistics.hpp"

namespace signalbox {

handling_bounds handling_bounds_in_ticks() noexcept {
  handling_bounds result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = tick_clock::ticks(handling_histogram::bounds[i]);
  return result;
}

} // namespace signalbox
