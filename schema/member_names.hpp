// The names of one JSON object's members, to see whether one is repeated. Cheap
// for the few members a message has, O(n log n) for the thousands an attacker
// puts there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace signalbox {

/// Not thread-safe. Allocates nothing once it has held as many names.
class member_names {
public:
  void clear() noexcept {
    names_.clear();
    sizes_seen_ = 0;
    sizes_repeat_ = false;
  }

  /// `name`, unescaped, must stay valid until the next `clear`.
  void add(std::string_view name) {
    auto size_bit = std::uint64_t{1} << (name.size() % 64);
    sizes_repeat_ |= (sizes_seen_ & size_bit) != 0;
    sizes_seen_ |= size_bit;
    names_.push_back(name);
  }

  /// Whether two names are equal. May reorder them.
  /// Hot path: names of different lengths, as a candidate has them, are not
  /// compared at all.
  bool has_repeated() noexcept { return sizes_repeat_ && compare(); }

private:
  bool compare() noexcept;

  std::vector<std::string_view> names_;
  /// Bit n: a name of n bytes, modulo 64, was added.
  std::uint64_t sizes_seen_ = 0;
  bool sizes_repeat_ = false;
};

} // namespace signalbox
