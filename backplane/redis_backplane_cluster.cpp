// Which nodes there are, for who looks inside: those with a lease, or with one
// that ran out not long ago.

#include "backplane/redis_backplane.hpp"

#include "backplane/member_id.hpp"

#include <algorithm>
#include <map>

namespace signalbox {

caf::result<cluster_ptr> redis_backplane::cluster() {
  auto* server = server_of(lease_key);
  if (!server || !server->is_linked())
    return known_nodes();
  redis_command command;
  command.script = script_id::nodes;
  command.keys = 1;
  command.words = {lease_key};
  auto promise = make_response_promise<cluster_ptr>();
  run(*server, std::move(command),
      [this, promise](const redis_outcome& outcome) mutable {
        promise.deliver(outcome.is_answered() ? nodes_in(outcome.reply)
                                              : known_nodes());
      });
  return promise;
}

// Redis cannot be asked: of this node alone something is known. Its shards
// renew their leases alike, so this one speaks for all.
cluster_ptr redis_backplane::known_nodes() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    lease_answered_ + lease_time - home_.turn_start);
  cluster_node self;
  self.id = home_.node.id;
  self.is_self = true;
  self.is_alive = left.count() > 0;
  self.shards = self.is_alive ? home_.node.shards : 0;
  if (lease_answered_ != clock::time_point{})
    self.lease = left;
  return std::make_shared<const cluster_nodes>(cluster_nodes{std::move(self)});
}

cluster_ptr redis_backplane::nodes_in(const resp_value& leases) const {
  std::map<std::string, cluster_node> nodes;
  for (std::size_t i = 0; i + 1 < leases.items.size(); i += 2) {
    // Whoever writes there: what is no holder of ours is not shown.
    const auto& holder = leases.items[i].text;
    if (!holder_of(holder + ":0"))
      continue;
    const std::chrono::milliseconds left{leases.items[i + 1].integer};
    const std::string id{node_of(holder)};
    auto [at, is_new] = nodes.try_emplace(id);
    auto& x = at->second;
    if (is_new) {
      x.id = id;
      x.is_self = id == home_.node.id;
      x.is_alive = false;
    }
    const auto is_held = left.count() > 0;
    // The earliest of those that hold, or the latest of those that do not.
    if (!x.lease || (is_held && (!x.is_alive || left < *x.lease))
        || (!is_held && !x.is_alive && left > *x.lease))
      x.lease = left;
    x.is_alive |= is_held;
    x.shards += is_held ? 1 : 0;
  }
  cluster_nodes result;
  for (auto& [id, x] : nodes)
    result.push_back(std::move(x));
  std::stable_partition(result.begin(), result.end(),
                        [](const cluster_node& x) { return x.is_self; });
  return std::make_shared<const cluster_nodes>(std::move(result));
}

} // namespace signalbox
