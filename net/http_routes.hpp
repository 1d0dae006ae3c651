// What the plain HTTP endpoints answer. Never waits: readiness and figures are
// read from memory. Any thread.

#pragma once

#include "actors/home.hpp"
#include "net/http_answer.hpp"
#include "net/upgrade.hpp"

#include <string_view>
#include <vector>

namespace signalbox {

class http_routes {
public:
  /// `homes`: those of all shards; they outlive this.
  http_routes(const node_state& node, std::vector<const home*> homes);

  /// `where` is not `upgrade`. `path` is the target without its query.
  http_answer answer(route where, std::string_view path) const;

private:
  const node_state& node_;
  const std::vector<const home*> homes_;
};

} // namespace signalbox
