// One Redis server as a shard's backplane sees it: its two connections, and
// whether what is published there comes back.

#pragma once

#include "backplane/delivery_probe.hpp"
#include "backplane/messages.hpp"

namespace signalbox {

/// As a cluster's map of slots has it.
inline std::string address_of(const wire_target& target) {
  return target.host + ":" + std::to_string(target.port);
}

struct redis_server {
  server_id id;
  wire_target target;
  redis_commands_actor commands;
  redis_subscriber_actor subscriber;
  bool has_commands = false;
  /// Its CLIENT ID; 0 while there is none.
  std::int64_t subscriber_client = 0;
  /// Why that one may not hear of changed keys; empty if it may.
  std::string untracked_why;
  /// Redis tells the subscriber which of the keys we have read were changed.
  bool is_tracking = false;
  bool wants_tracking = false;
  /// It did when it was last asked to.
  bool has_tracked = false;
  bool is_healthy = false;
  /// A cluster has sent us there, so it stays until then even without slots.
  std::chrono::steady_clock::time_point kept_until{};
  delivery_probe probe;
  /// In a row.
  std::uint32_t failed_probes = 0;
  bool is_probe_subscribed = false;
  /// The last one's slot was another server's, and none was heard since.
  bool is_probe_moved = false;
  /// Key and channel of the probe.
  std::string probe_key;

  bool is_linked() const noexcept {
    return has_commands && subscriber_client != 0;
  }
};

} // namespace signalbox
