// What all shards must agree on, as a few atomics: written by the supervisor,
// read everywhere, so that /readyz answers from memory.

#pragma once

#include "actors/address_table.hpp"
#include "conf/options.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace signalbox {

struct node_state {
  node_state(const options& opts, std::string node_id)
    : settings(opts),
      id(std::move(node_id)),
      is_clustered(opts.redis_url.has_value()),
      is_backplane_up(!is_clustered),
      addresses(address_limits::from(opts)) {
    // nop
  }

  const options& settings;

  /// New at each start; stands in logs and in member ids.
  std::string id;

  /// No new session is admitted.
  std::atomic<bool> is_draining{false};

  /// Whether there may be other nodes.
  const bool is_clustered;

  /// Whether the backplane can be reached; always true on a standalone node.
  std::atomic<bool> is_backplane_up;

  /// Circuit open or half-open.
  std::atomic<bool> is_circuit_open{false};

  /// Open WebSocket sessions, refused ones included, against MAX_CONNECTIONS.
  std::atomic<std::uint64_t> connections{0};
  std::uint64_t connections_max = 0;

  /// How many there are.
  std::uint32_t shards = 1;

  /// Accounts of client addresses.
  address_table addresses;

  bool is_ready() const noexcept {
    return !is_draining.load(std::memory_order_relaxed)
           && is_backplane_up.load(std::memory_order_relaxed)
           && !is_circuit_open.load(std::memory_order_relaxed);
  }
};

/// Holds one of the node's MAX_CONNECTIONS places.
class connection_place {
public:
  connection_place() = default;
  connection_place(connection_place&& other) noexcept
    : node_(std::exchange(other.node_, nullptr)) {
    // nop
  }
  connection_place& operator=(connection_place&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~connection_place() {
    if (node_)
      node_->connections.fetch_sub(1, std::memory_order_relaxed);
  }

  /// An empty place if all are taken.
  static connection_place try_take(node_state& node) noexcept {
    connection_place result;
    if (node.connections.fetch_add(1, std::memory_order_relaxed)
        < node.connections_max)
      result.node_ = &node;
    else
      node.connections.fetch_sub(1, std::memory_order_relaxed);
    return result;
  }

  explicit operator bool() const noexcept { return node_ != nullptr; }

private:
  node_state* node_ = nullptr;
};

} // namespace signalbox
