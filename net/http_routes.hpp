// What the plain HTTP endpoints answer, and what the admin endpoint knows of
// the node. Never waits: readiness and figures are read from memory. Any
// thread.

#pragma once

#include "actors/home.hpp"
#include "net/admin/overview.hpp"
#include "net/http_answer.hpp"
#include "net/upgrade.hpp"

#include <string_view>
#include <vector>

namespace signalbox {

class http_routes {
public:
  /// `homes`: those of all shards; they outlive this.
  http_routes(const node_state& node, std::vector<const home*> homes);

  /// `where` is not `upgrade` or `admin`. `path` is the target without its
  /// query.
  http_answer answer(route where, std::string_view path) const;

  const overview& node_overview() const noexcept { return overview_; }

private:
  const node_state& node_;
  const std::vector<const home*> homes_;
  const overview overview_;
};

} // namespace signalbox
