// REDIS_URL as a value: where Redis is, in which set-up, and how to log in.
// Read once, at the start; whoever talks to Redis finds it in `options`. Pure:
// no name is resolved, nothing is opened, and nothing throws on input.
// Source: RFC 3986, and the schemes `redis` and `rediss` as registered at IANA.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

struct redis_host {
  /// A name, an IPv4 address or an IPv6 address without brackets; with `port`
  /// 0 the absolute path of a Unix socket.
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const redis_host&, const redis_host&) = default;
};

struct redis_url {
  enum class topology : std::uint8_t {
    /// One server: `hosts` holds it alone.
    single,
    /// `hosts` are Sentinels, to be asked for the master `master_name`.
    sentinel,
    /// `hosts` are some nodes of a cluster; `db` is 0.
    cluster,
  };

  topology kind = topology::single;
  /// Never empty.
  std::vector<redis_host> hosts;
  bool is_tls = false;
  /// Both empty = no login. Any bytes, percent-decoded.
  std::string user;
  std::string password;
  /// At most `redis_db_max`.
  std::uint64_t db = 0;
  /// Of Sentinels only, and never empty there.
  std::string master_name;

  friend bool operator==(const redis_url&, const redis_url&) = default;
};

inline constexpr std::uint64_t redis_db_max = 1'000'000;

/// Of a Unix socket's path: what `sockaddr_un` holds, less its NUL.
inline constexpr std::size_t redis_path_bytes_max = 107;

/// What a URL must be, to follow the word "expected".
extern const std::string_view redis_url_expected;

struct redis_url_result {
  /// Nothing if the text cannot be read.
  std::optional<redis_url> value;
  /// What was expected instead, to follow that word. Holds nothing of the text,
  /// so no password.
  std::string_view expected;
};

/// One of
///   redis://[USER:PASSWORD@][HOST][:PORT][/DB]
///   unix://[USER:PASSWORD@]/PATH
///   redis+sentinel://[USER:PASSWORD@]HOST[:PORT],.../MASTER[/DB]
///   redis+cluster://[USER:PASSWORD@]HOST[:PORT],...
/// and with rediss for redis: TLS. `?db=DB` may stand for `/DB`. No host is
/// localhost, no port 6379, or 26379 of Sentinels. In front of the `@` there is
/// always a colon: clients disagree on whether a lone word there is a user or a
/// password.
redis_url_result read_redis_url(std::string_view text);

/// The shortest text that is read as `url`. Holds the password.
std::string to_string(const redis_url& url);

} // namespace signalbox
