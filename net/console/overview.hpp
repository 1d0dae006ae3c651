// A node at a glance, as lines of text: what `signalbox top` draws. Rates are
// differences of two overviews by the node's own clock. Pure.

#pragma once

#include "net/console/admin_json.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace signalbox::console {

struct overview_picture {
  /// The answer to `overview`.
  const json& now;
  /// An earlier one, or null. If it is not of the same run of the same node,
  /// rates are since the node's start.
  const json& earlier;
  /// The answer to `actors`, by handling time; may be null.
  const json& actors;
  /// What is wrong, for the second line; escaped, empty = nothing.
  std::string trouble;
};

/// At most `height` lines of at most `width` columns, escaped; 0 = no limit.
/// Where there is no room for all, shards, cluster nodes and actors share it,
/// and how many are left out is said.
std::vector<std::string> render(const overview_picture& picture,
                                std::size_t width, std::size_t height);

} // namespace signalbox::console
