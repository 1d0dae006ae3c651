#include "conf/table.hpp"

#include <algorithm>

#include "conf/entries.hpp"

namespace signalbox {

namespace {

using namespace entries;

/// The lines so far, and the group that new ones belong to.
struct builder {
  std::vector<option_entry> lines;
  std::string_view group;

  option_entry& add(option_entry entry, std::string_view help) {
    entry.group = group;
    entry.help = help;
    return lines.emplace_back(std::move(entry));
  }

  /// An option that may have no value.
  option_entry& add(option_entry entry, std::string_view help,
                    std::string_view when_unset, std::string_view example) {
    auto& line = add(std::move(entry), help);
    line.when_unset = when_unset;
    line.example = example;
    return line;
  }

  option_entry& add_secret(option_entry entry, std::string_view help,
                           std::string_view when_unset) {
    auto& line = add(std::move(entry), help, when_unset, "");
    line.is_secret = true;
    return line;
  }
};

constexpr std::uint64_t port_max = 65535;

/// Unset and 0 are different here, so the field alone cannot tell.
option_entry health_port() {
  auto entry = integer("HEALTH_PORT", &options::health_port, 0, port_max);
  entry.read = [read = entry.read](std::string_view text, options& settings) {
    auto expected = read(text, settings);
    if (expected.empty())
      settings.has_health_port = true;
    return expected;
  };
  entry.print = [](const options& settings) {
    return settings.has_health_port || settings.health_port != 0
             ? std::to_string(settings.health_port)
             : std::string{};
  };
  return entry;
}

option_entry shutdown_close_code() {
  auto entry = integer("SHUTDOWN_CLOSE_CODE", &options::shutdown_close_code,
                       1000, 4999);
  entry.expected =
    "a close code an endpoint may send: 1000 to 1003, 1007 to "
    "1014, or 3000 to 4999";
  entry.read = [read = entry.read, expected = entry.expected](
                 std::string_view text, options& settings) {
    auto code = read_integer(text);
    if (!code || !is_sendable_close_code(*code))
      return expected;
    return read(text, settings);
  };
  return entry;
}

option_entry jwt_alg() {
  return list(
    "JWT_ALG", &options::jwt_alg,
    "a comma-separated list of " + signature_algorithm_names(),
    [](const std::string& one) { return read_signature_algorithm(one); },
    [](signature_algorithm one) { return std::string{name_of(one)}; });
}

option_entry trusted_proxies() {
  return list(
    "TRUSTED_PROXIES", &options::trusted_proxies,
    "a comma-separated list of addresses and ranges such as 10.0.0.0/8",
    [](const std::string& one) { return cidr::parse(one); },
    [](const cidr& one) { return one.to_string(); });
}

option_entry allowed_origins() {
  return list(
    "ALLOWED_ORIGINS", &options::allowed_origins,
    "a comma-separated list of origins such as https://example.com, "
    "http://localhost:3000 or https://*.example.com",
    [](const std::string& one) { return origin_pattern::parse(one); },
    [](const origin_pattern& one) { return one.text(); });
}

void add_listening(builder& b) {
  b.group = "Listening";
  b.add(integer("PORT", &options::port, 0, port_max),
        "Port for clients and every HTTP route; 0 lets the kernel choose.")
    .alias = "WS_PORT";
  b.add(address("BIND", &options::bind), "Address to listen on.");
  b.add(health_port(),
        "Serves health, metrics and admin on this port as well; 0 lets the "
        "kernel choose.",
        "no second port", "9100");
  b.add(address("ADMIN_BIND", &options::admin_bind), "Address of HEALTH_PORT.",
        "BIND", "127.0.0.1");
  b.add(word("NODE_ENV", &options::node_env, "development, production or test",
             [](std::string_view x) { return read_environment(x); }),
        "production refuses placeholder secrets and the admin endpoint "
        "without a token.");
  b.add(integer("SHARDS", &options::shards, 1, 64),
        "Threads that serve sockets and actors.", "number of cores", "4");
}

void add_redis(builder& b) {
  b.group = "Redis";
  b.add(redis("REDIS_URL", &options::redis_url),
        "Redis that joins nodes to one service; user, password and database "
        "stand in the URL.",
        "standalone node", "redis://localhost:6379");
  b.add(path("REDIS_CA_FILE", &options::redis_ca_file),
        "Certificates that Redis' own is checked against (PEM).",
        "the system's", "/etc/signalbox/redis-ca.pem");
  b.add(path("REDIS_CERT_FILE", &options::redis_cert_file),
        "Certificate shown to Redis (PEM).", "none",
        "/etc/signalbox/redis.pem");
  b.add(path("REDIS_KEY_FILE", &options::redis_key_file),
        "Key of REDIS_CERT_FILE (PEM).", "none",
        "/etc/signalbox/redis-key.pem");
}

void add_admission(builder& b) {
  b.group = "Who gets in";
  b.add(boolean("REQUIRE_WSS", &options::require_wss),
        "Refuses clients that came neither over native TLS nor through a "
        "trusted proxy that says X-Forwarded-Proto: https.");
  b.add(path("TLS_CERT_FILE", &options::tls_cert_file),
        "Certificate chain for native TLS (PEM), read again on SIGHUP.",
        "no native TLS", "/etc/signalbox/cert.pem");
  b.add(path("TLS_KEY_FILE", &options::tls_key_file),
        "Key of TLS_CERT_FILE (PEM).", "no native TLS",
        "/etc/signalbox/key.pem");
  b.add(trusted_proxies(),
        "Ranges whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        "none", "10.0.0.0/8, fd00::/8");
  b.add(boolean("PROXY_PROTOCOL", &options::proxy_protocol),
        "Trusted proxies send a PROXY v1 or v2 header.");
  b.add(allowed_origins(),
        "Origins whose pages may connect, by scheme, host and port; a request "
        "without an Origin is let in.",
        "all", "https://example.com, https://*.example.com");
  b.add(text("SUBPROTOCOL", &options::subprotocol,
             "a WebSocket subprotocol name that does not start with bearer.",
             is_subprotocol),
        "Subprotocol that clients of the base dialect must offer.", "none",
        "signaling");
}

void add_auth(builder& b) {
  b.group = "Tokens";
  b.add(boolean("ENABLE_AUTH", &options::enable_auth),
        "Asks every client for a JSON Web Token.");
  b.add_secret(text("JWT_SECRET", &options::jwt_secret),
               "Secret that tokens of the HS algorithms are signed with.",
               "none");
  b.add_secret(text("JWT_SECRET_PREVIOUS", &options::jwt_secret_previous),
               "The secret before, accepted while tokens change over.", "none");
  b.add(text("JWT_ISSUER", &options::jwt_issuer), "What a token's iss must be.",
        "not checked", "https://auth.example.com");
  b.add(text("JWT_AUDIENCE", &options::jwt_audience),
        "What a token's aud must hold.", "not checked", "signalbox");
  b.add(jwt_alg(), "Signature algorithms that are accepted.");
  b.add(integer("JWT_LEEWAY_SECONDS", &options::jwt_leeway, 0, 60),
        "Clock difference allowed for; a session ends at exp plus this.");
  b.add(text("JWT_ROOMS_CLAIM", &options::jwt_rooms_claim),
        "Claim that lists the rooms a token grants.")
    .alias = "ROOMS_CLAIM";
  b.add(url("JWT_JWKS_URL", &options::jwt_jwks_url, "https, http"),
        "Where the key set is fetched.", "none",
        "https://auth.example.com/.well-known/jwks.json")
    .alias = "JWKS_URL";
  b.add(limit("JWKS_CACHE_TTL", &options::jwks_cache_ttl),
        "Milliseconds a fetched key set is used before it is fetched again.");
  b.add(limit("JWKS_MIN_REFETCH_MS", &options::jwks_min_refetch),
        "Milliseconds between two fetches at least, whatever tokens ask for.");
  b.add(limit("AUTH_FAILURES_PER_10S", &options::auth_failures_per_10s),
        "Failed tokens per client address and 10 s; one more blocks it.");
  b.add(limit("AUTH_BLOCK_MS", &options::auth_block),
        "Milliseconds such an address is refused.");
  b.add_secret(text("ADMIN_TOKEN", &options::admin_token,
                    "visible ASCII without spaces", is_header_word),
               "Bearer token of the admin endpoint.",
               "loopback peers only, off in production");
}

void add_limits(builder& b) {
  b.group = "Limits";
  b.add(limit("RATE_LIMIT_CONN_PER_10S", &options::rate_limit_conn_per_10s),
        "WebSocket upgrades per client address (IPv6: per /64) and 10 s.");
  b.add(limit("RATE_LIMIT_MESSAGES_PER_10S",
              &options::rate_limit_messages_per_10s),
        "Messages per session and 10 s.");
  b.add(limit("RATE_LIMIT_IP_MSGS_PER_10S",
              &options::rate_limit_ip_msgs_per_10s),
        "Messages per client address and 10 s.");
  b.add(limit("RATE_LIMIT_ROOM_MSGS_PER_10S",
              &options::rate_limit_room_msgs_per_10s),
        "Messages per room and 10 s, across nodes.");
  b.add(limit("ROOM_CAPACITY", &options::room_capacity),
        "Members of a room, across nodes.");
  b.add(limit("ROOM_TTL_SECONDS", &options::room_ttl),
        "Seconds that room data nobody renews stays in Redis.");
  b.add(limit("ROOM_ID_MAX_LENGTH", &options::room_id_max_length),
        "Characters of a room's id.");
  b.add(limit("MESSAGE_MAX_BYTES", &options::message_max_bytes),
        "Bytes of one message.");
  b.add(limit("BACKPRESSURE_THRESHOLD_BYTES",
              &options::backpressure_threshold_bytes),
        "Unsent bytes above which a slow receiver is closed.")
    .alias = "BACKPRESSURE_CLOSE_THRESHOLD_BYTES";
  b.add(limit("MAX_CONNECTIONS", &options::max_connections),
        "Connections of this node; over it the answer is 503.",
        "from the limit on file descriptors", "20000");
  b.add(limit("MAX_CONNECTIONS_PER_IP", &options::max_connections_per_ip),
        "Connections per client address (IPv6: per /64).", "no limit", "100");
}

void add_life_cycle(builder& b) {
  b.group = "Life cycle";
  b.add(limit("HEARTBEAT_INTERVAL_MS", &options::heartbeat_interval),
        "Milliseconds between pings; a session that did not answer the last "
        "one is dropped.");
  b.add(limit("HANDSHAKE_TIMEOUT_MS", &options::handshake_timeout),
        "Milliseconds a connection may take to become a session.");
  b.add(limit("DRAIN_TIMEOUT_MS", &options::drain_timeout),
        "Milliseconds a drain may take before what is left is closed.");
  b.add(shutdown_close_code(), "Close code of a drain.");
  b.add(limit("CB_ERROR_THRESHOLD", &options::cb_error_threshold),
        "Redis errors in a row that open the circuit breaker.");
  b.add(limit("CB_OPEN_MS", &options::cb_open),
        "Milliseconds the circuit breaker stays open before a trial.");
}

void add_logs(builder& b) {
  b.group = "Logs";
  b.add(word("LOG_LEVEL", &options::log_level,
             "trace, debug, info, warn, error or off",
             [](std::string_view x) { return read_log_level(x); }),
        "Least level that is written.");
  b.add(boolean("PRETTY_LOGS", &options::pretty_logs),
        "Readable text in place of JSON lines.");
}

std::string renamed(std::string_view name, char separator) {
  auto result = lowered(name);
  std::replace(result.begin(), result.end(), '_', separator);
  return result;
}

} // namespace

const std::vector<option_entry>& table() {
  static const auto lines = [] {
    builder b;
    for (auto add : {add_listening, add_redis, add_admission, add_auth,
                     add_limits, add_life_cycle, add_logs})
      add(b);
    b.lines.shrink_to_fit();
    return std::move(b.lines);
  }();
  return lines;
}

const option_entry* find_entry(std::string_view name) {
  const auto& lines = table();
  auto it = std::find_if(lines.begin(), lines.end(),
                         [&](const auto& entry) { return entry.name == name; });
  return it == lines.end() ? nullptr : &*it;
}

std::string flag_of(const option_entry& entry) {
  return "--" + renamed(entry.name, '-');
}

std::string key_of(const option_entry& entry) {
  return renamed(entry.name, '_');
}

std::string default_of(const option_entry& entry) {
  return entry.print(options{});
}

std::string masked(const option_entry& entry, std::string_view text) {
  return entry.is_secret ? "****" : mask_url(text);
}

} // namespace signalbox
