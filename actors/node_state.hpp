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

  /// Open WebSocket sessions against MAX_CONNECTIONS.
  std::atomic<std::uint64_t> connections{0};
  std::uint64_t connections_max = 0;

  /// Open ones that were refused: their descriptors are of those that
  /// MAX_CONNECTIONS spares.
  static constexpr std::uint64_t refused_connections_max = 128;
  std::atomic<std::uint64_t> refused_connections{0};

  /// How many there are.
  std::uint32_t shards = 1;

  /// Accounts of client addresses.
  address_table addresses;

  /// Open WebSocket sessions, let in or not.
  std::uint64_t open_connections() const noexcept {
    return connections.load(std::memory_order_relaxed)
           + refused_connections.load(std::memory_order_relaxed);
  }

  bool is_full() const noexcept {
    return connections.load(std::memory_order_relaxed) >= connections_max;
  }

  bool is_ready() const noexcept {
    return !is_draining.load(std::memory_order_relaxed)
           && is_backplane_up.load(std::memory_order_relaxed)
           && !is_circuit_open.load(std::memory_order_relaxed);
  }
};

/// Holds one of the node's places for WebSocket sessions. Any thread.
class connection_place {
public:
  connection_place() = default;
  connection_place(connection_place&& other) noexcept
    : taken_of_(std::exchange(other.taken_of_, nullptr)) {
    // nop
  }
  connection_place& operator=(connection_place&& other) noexcept {
    std::swap(taken_of_, other.taken_of_);
    return *this;
  }
  ~connection_place() {
    if (taken_of_)
      taken_of_->fetch_sub(1, std::memory_order_relaxed);
  }

  /// One of the MAX_CONNECTIONS; empty if all are taken.
  static connection_place try_take(node_state& node) noexcept {
    return try_take_of(node.connections, node.connections_max);
  }

  /// For a session that is not let in, until its client has closed: it takes no
  /// place of those who are. Empty if too many have one: then it is closed
  /// without waiting for its client.
  static connection_place try_take_refused(node_state& node) noexcept {
    return try_take_of(node.refused_connections,
                       node_state::refused_connections_max);
  }

  /// Whether it is one of those.
  bool is_of_refused(const node_state& node) const noexcept {
    return taken_of_ == &node.refused_connections;
  }

  explicit operator bool() const noexcept { return taken_of_ != nullptr; }

private:
  static connection_place try_take_of(std::atomic<std::uint64_t>& taken,
                                      std::uint64_t max) noexcept {
    connection_place result;
    if (taken.fetch_add(1, std::memory_order_relaxed) < max)
      result.taken_of_ = &taken;
    else
      taken.fetch_sub(1, std::memory_order_relaxed);
    return result;
  }

  std::atomic<std::uint64_t>* taken_of_ = nullptr;
};

} // namespace signalbox
