#include "schema/member_names.hpp"

#include <algorithm>

namespace signalbox {

bool member_names::compare() noexcept {
  constexpr std::size_t few = 8;
  if (names_.size() > few) {
    std::sort(names_.begin(), names_.end());
    return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
  }
  for (auto name = names_.begin(); name != names_.end(); ++name)
    if (std::find(names_.begin(), name, *name) != name)
      return true;
  return false;
}

} // namespace signalbox
