// Everything one can configure, as the rest of the program reads it. Filled by
// conf/load, never changed afterwards, shared by all threads. The table in
// conf/table.cpp binds each field to its names, default, bounds and help.

#pragma once

#include "conf/address.hpp"
#include "conf/origin.hpp"
#include "conf/redis_url.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signalbox {

enum class environment : std::uint8_t { development, production, test };

enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };

/// What a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1). There is no
/// `none`.
enum class signature_algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  /// With Ed25519 alone.
  eddsa,
};

struct options {
  // -- listening --------------------------------------------------------------
  std::uint16_t port = 3002;
  std::string bind = "0.0.0.0";
  /// 0 = no second port, unless `has_health_port`.
  std::uint16_t health_port = 0;
  /// HEALTH_PORT was given; 0 then lets the kernel choose, as for `port`.
  bool has_health_port = false;
  /// Empty = as `bind`.
  std::string admin_bind;
  environment node_env = environment::development;
  /// 0 = number of cores.
  std::uint64_t shards = 0;

  // -- Redis ------------------------------------------------------------------
  /// Nothing = a standalone node.
  std::optional<signalbox::redis_url> redis_url;
  /// Empty = the system's.
  std::string redis_ca_file;
  std::string redis_cert_file;
  std::string redis_key_file;

  // -- who gets in ------------------------------------------------------------
  bool require_wss = false;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::vector<cidr> trusted_proxies;
  bool proxy_protocol = false;
  /// Empty = all.
  std::vector<origin_pattern> allowed_origins;
  /// Empty = none configured.
  std::string subprotocol;
  bool enable_auth = false;
  std::string jwt_secret;
  std::string jwt_secret_previous;
  std::string jwt_issuer;
  std::string jwt_audience;
  std::vector<signature_algorithm> jwt_alg{signature_algorithm::hs256};
  std::chrono::seconds jwt_leeway{0};
  std::string jwt_rooms_claim = "rooms";
  std::string jwt_jwks_url;
  std::chrono::milliseconds jwks_cache_ttl{300000};
  std::chrono::milliseconds jwks_min_refetch{1000};
  std::uint64_t auth_failures_per_10s = 100;
  std::chrono::milliseconds auth_block{60000};
  std::string admin_token;

  // -- limits -----------------------------------------------------------------
  std::uint64_t rate_limit_conn_per_10s = 10;
  std::uint64_t rate_limit_messages_per_10s = 200;
  std::uint64_t rate_limit_ip_msgs_per_10s = 500;
  std::uint64_t rate_limit_room_msgs_per_10s = 1000;
  std::uint64_t room_capacity = 10;
  std::chrono::seconds room_ttl{3600};
  std::uint64_t room_id_max_length = 64;
  std::uint64_t message_max_bytes = 65536;
  std::uint64_t backpressure_threshold_bytes = 1048576;
  /// 0 = from the descriptor limit.
  std::uint64_t max_connections = 0;
  /// 0 = no limit.
  std::uint64_t max_connections_per_ip = 0;

  // -- life cycle -------------------------------------------------------------
  std::chrono::milliseconds heartbeat_interval{30000};
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::milliseconds drain_timeout{5000};
  std::uint16_t shutdown_close_code = 1012;
  std::uint64_t cb_error_threshold = 3;
  std::chrono::milliseconds cb_open{5000};

  // -- logs -------------------------------------------------------------------
  signalbox::log_level log_level = signalbox::log_level::info;
  bool pretty_logs = false;
};

} // namespace signalbox
