// A message as the rules see it: the members the dialect knows, taken out of
// the text. Views into the text or into the parser's memory, valid until the
// next one.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox {

enum class member : std::uint8_t {
  type,
  sdp,
  candidate,
  sdp_mid,
  sdp_m_line_index,
  username_fragment,
  action,
  description,
  other, // keep last
};

/// The member called `name` (unescaped), `other` if it is none of ours.
/// Hot path: runs for each top-level member of each message.
member member_of(std::string_view name) noexcept;

enum class value_kind : std::uint8_t {
  absent,
  null,
  string,
  number,
  object,
  other, // an array, true or false
};

struct json_value {
  value_kind kind = value_kind::absent;
  /// Of a number, rounded to a double as JavaScript reads it; else anything.
  double number;
  /// Of a string, unescaped; but of `sdp` as it was in the text or unescaped,
  /// so that no rule may ask for more than whether it is empty.
  std::string_view text;
};

class members {
public:
  /// To be filled in place: a value copied right after it was written part by
  /// part stalls the processor for longer than all the rules take.
  json_value& at(member m) noexcept {
    return values_[static_cast<std::size_t>(m)];
  }

  /// Absent if the object has no such member.
  const json_value& at(member m) const noexcept {
    return values_[static_cast<std::size_t>(m)];
  }

private:
  std::array<json_value, static_cast<std::size_t>(member::other)> values_;
};

struct message {
  members top;
  /// What is in the members of these names, if they are objects.
  std::optional<members> candidate;
  std::optional<members> description;
};

} // namespace signalbox
