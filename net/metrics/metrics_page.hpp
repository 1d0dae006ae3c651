// The figures of all shards in Prometheus' text format.

#pragma once

#include "actors/home.hpp"

#include <string>
#include <vector>

namespace signalbox {

/// Content type of the text format 0.0.4.
inline constexpr std::string_view metrics_content_type =
  "text/plain; version=0.0.4; charset=utf-8";

/// Any thread.
std::string metrics_page(const node_state& node,
                         const std::vector<const home*>& homes);

} // namespace signalbox
