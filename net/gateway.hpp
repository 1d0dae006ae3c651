// One shard's side of the network: accepts connections, holds those that have
// not become sessions, and makes sessions of those that belong here. A
// connection accepted elsewhere arrives by `welcome`.

#pragma once

#include "actors/home.hpp"
#include "actors/session.hpp"
#include "net/connected_socket.hpp"
#include "net/http_routes.hpp"
#include "net/shard.hpp"

#include <memory>
#include <string>
#include <vector>

namespace signalbox {

class http_connection;
class listener;
class tls_server;

/// A connection whose upgrade was decided, on its way to its session's home.
struct newcomer {
  /// With its TLS session, if it has one: that belongs to no shard.
  connected_socket socket;
  /// To its upgrade, as bytes.
  std::string answer = {};
  /// What the client sent behind the request.
  std::string early = {};
  session_start start = {};
};

class gateway {
public:
  /// `all` holds the gateways of all shards by index, this one included, and is
  /// complete before the first connection is accepted. `tls` is null where
  /// clients are not to speak it.
  gateway(caf::actor_system& system, shard& where, home& at,
          const http_routes& routes, const tls_server* tls,
          const std::vector<std::unique_ptr<gateway>>& all);
  ~gateway();

  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  shard& where() noexcept { return shard_; }

  home& at() noexcept { return home_; }

  caf::actor_system& system() noexcept { return system_; }

  const http_routes& routes() const noexcept { return routes_; }

  /// Null where clients are not to speak it.
  const tls_server* tls() const noexcept { return tls_; }

  /// Accepts from `descriptor`, which all shards share. With `is_operations`
  /// only the endpoints of operators are served on it, in plain HTTP, and no
  /// sessions.
  void listen(int descriptor, bool is_operations);

  /// Takes a connection that was just accepted.
  void adopt(descriptor socket, const ip_address& peer, bool is_operations);

  /// Sends the newcomer to its room's home, or keeps a refused one here.
  void pass_on(newcomer who);

  /// Makes a session of the newcomer, here.
  void welcome(newcomer who);

  /// Frees the descriptor of the oldest connection that is not a session, if it
  /// has had its time; if there are none but those by which admins watch the
  /// node, of the oldest of these. False if there is none to take.
  bool drop_oldest_connection();

  /// One more connection by which an admin watches the node; false if there are
  /// as many as there may be.
  bool begin_watching() noexcept;
  void end_watching() noexcept { --watchers_; }

  /// Closes what listens, what is half open and every session, at once.
  void close_all();

private:
  friend class http_connection;

  void link(http_connection& x) noexcept;
  void unlink(http_connection& x) noexcept;

  caf::actor_system& system_;
  shard& shard_;
  home& home_;
  const http_routes& routes_;
  const tls_server* const tls_;
  const std::vector<std::unique_ptr<gateway>>& all_;
  std::vector<std::unique_ptr<listener>> listeners_;
  bool is_closed_ = false;
  std::size_t watchers_ = 0;
  // Oldest first; each is owned by this list.
  http_connection* first_ = nullptr;
  http_connection* last_ = nullptr;
};

} // namespace signalbox
