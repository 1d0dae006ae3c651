// A whole node: shards, actors, gateways and listening sockets, put together
// and taken apart in the right order.

#pragma once

#include "actors/node_state.hpp"
#include "actors/supervisor.hpp"
#include "net/gateway.hpp"
#include "net/listening_socket.hpp"
#include "net/shard_scheduler.hpp"
#include "net/shard_wires.hpp"
#include "net/tls_server.hpp"
#include "net/tokens/token_services.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace signalbox {

class node {
public:
  /// Listens and serves as soon as it is made. `settings` outlive it. Throws
  /// std::system_error if it cannot listen, std::runtime_error if a file that
  /// TLS needs, with Redis or with clients, cannot be loaded.
  node(const options& settings, std::string id,
       const backplane_factory& make_backplane);

  /// Closes everything at once.
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// The ports in use; `health_port` is 0 if there is no second one.
  std::uint16_t port() const noexcept { return socket_.port; }
  std::uint16_t health_port() const noexcept { return operations_socket_.port; }
  std::size_t shards() const noexcept { return gateways_.size(); }

  /// Readiness off, sessions closed over DRAIN_TIMEOUT_MS; `done` is called on
  /// a shard's thread when all are gone. Returns at once.
  void drain(std::function<void()> done);

  /// Reads the certificate for clients and its key again, if there is TLS with
  /// them: for connections that begin later. The old ones stay in force if
  /// these cannot be loaded. The log says what has come of it. Any thread.
  void reload_certificate();

  /// Calls `f` on a shard's thread if the supervisor fails: from then on nobody
  /// sends pings or starts again what fails, so the process had better end.
  void when_failed(std::function<void()> f);

private:
  void listen(gateway& gate);

  node_state state_;
  /// None unless Redis is to be reached by TLS.
  std::unique_ptr<const tls_client> redis_tls_;
  /// None unless clients are to speak it.
  std::unique_ptr<tls_server> tls_;
  /// None unless clients need a token.
  std::unique_ptr<token_services> tokens_;
  listening_socket socket_;
  listening_socket operations_socket_;
  shard_system_config config_;
  std::optional<caf::actor_system> system_;
  std::vector<std::unique_ptr<home>> homes_;
  std::vector<std::unique_ptr<shard_wires>> wires_;
  std::optional<http_routes> routes_;
  std::vector<std::unique_ptr<gateway>> gateways_;
  supervisor_actor supervisor_;
};

/// A node's id: 12 letters and digits from the kernel's random source.
std::string make_node_id();

} // namespace signalbox
