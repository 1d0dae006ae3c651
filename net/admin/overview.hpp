// The node at a glance, as the JSON text that openapi.json describes. All of it
// is read from memory, whatever the shards are doing, but for the cluster: that
// is the supervisor's to tell.

#pragma once

#include "actors/home.hpp"
#include "actors/inspection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace signalbox {

class overview {
public:
  /// `homes`: those of all shards. Both outlive this; the node starts now.
  overview(const node_state& node, std::vector<const home*> homes);

  /// One line without its end. Any thread.
  std::string text(const cluster_nodes& cluster) const;

  /// The cluster where there is nobody else, or nobody can be asked.
  cluster_nodes alone() const;

private:
  const node_state& node_;
  const std::vector<const home*> homes_;
  const std::chrono::steady_clock::time_point started_ =
    std::chrono::steady_clock::now();
};

} // namespace signalbox
