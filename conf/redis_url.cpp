#include "conf/redis_url.hpp"

#include <algorithm>
#include <array>

#include "conf/address.hpp"
#include "conf/percent.hpp"
#include "conf/value.hpp"

namespace signalbox {

const std::string_view redis_url_expected =
  "a URL with one of these schemes: redis, rediss, unix, redis+sentinel, "
  "rediss+sentinel, redis+cluster, rediss+cluster";

namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26379;
/// RFC 1035 §2.3.4.
constexpr std::size_t name_bytes_max = 255;

using topology = redis_url::topology;

struct scheme {
  std::string_view name;
  topology kind;
  bool is_tls;
  bool is_unix;
};

constexpr std::array<scheme, 7> schemes{{
  {"redis", topology::single, false, false},
  {"rediss", topology::single, true, false},
  {"unix", topology::single, false, true},
  {"redis+sentinel", topology::sentinel, false, false},
  {"rediss+sentinel", topology::sentinel, true, false},
  {"redis+cluster", topology::cluster, false, false},
  {"rediss+cluster", topology::cluster, true, false},
}};

// What was expected; empty if all is well.
using expectation = std::string_view;

constexpr expectation all_is_well;
constexpr expectation an_escape =
  "% followed by two hexadecimal digits (% itself is %25)";
constexpr expectation a_database = "a database from 0 to 1000000";
constexpr expectation a_master =
  "the master's name and at most a database behind the hosts: /MASTER or "
  "/MASTER/DB";

std::uint16_t port_of(topology kind) {
  return kind == topology::sentinel ? sentinel_port : redis_port;
}

// -- pieces -------------------------------------------------------------------

/// Takes what stands before the first `border` off `rest`, all if there is
/// none, and leaves the border.
std::string_view take_until(std::string_view& rest, std::string_view borders) {
  auto piece = rest.substr(0, rest.find_first_of(borders));
  rest.remove_prefix(piece.size());
  return piece;
}

/// What the system's functions take for a name, roughly, or an IPv4 address.
bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
            });
}

bool is_ipv6(std::string_view text) {
  return text.find(':') != std::string_view::npos
         && text.find_first_of("[]") == std::string_view::npos
         && ip_address::parse(text);
}

// -- the URL's parts, each read into `url`
// -------------------------------------

/// Takes user and password off the front of `authority`. The last `@` ends
/// them: passwords that hold one unescaped are no rarity.
expectation take_login(std::string_view& authority, redis_url& url) {
  auto at = authority.rfind('@');
  if (at == std::string_view::npos)
    return all_is_well;
  auto login = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  auto colon = login.find(':');
  if (colon == std::string_view::npos)
    return "USER:PASSWORD@ or :PASSWORD@, with a colon";
  auto user = percent_decoded(login.substr(0, colon));
  auto password = percent_decoded(login.substr(colon + 1));
  if (!user || !password)
    return an_escape;
  url.user = std::move(*user);
  url.password = std::move(*password);
  return all_is_well;
}

expectation read_host(std::string_view text, redis_url& url) {
  redis_host result{{}, port_of(url.kind)};
  if (text.starts_with('[')) {
    auto bracket = text.find(']');
    auto host = text.substr(1, std::min(bracket, text.size()) - 1);
    if (bracket == std::string_view::npos || !is_ipv6(host))
      return "an IPv6 address in brackets, such as [::1]:6379";
    result.host = host;
    text.remove_prefix(bracket + 1);
  } else {
    auto host = take_until(text, ":");
    // Of one server only: an empty place in a list is a mistake.
    if (host.empty() && url.kind == topology::single)
      host = "localhost";
    if (!is_host_name(host))
      return "a host's name or address; in a list, each one's";
    result.host = host;
  }
  if (!text.empty()) {
    auto port = read_integer(text.substr(1));
    if (!text.starts_with(':') || !port || *port < 1 || *port > 65535)
      return "a port from 1 to 65535 behind the host (an IPv6 address stands "
             "in brackets)";
    result.port = static_cast<std::uint16_t>(*port);
  }
  url.hosts.push_back(std::move(result));
  return all_is_well;
}

expectation read_hosts(std::string_view text, redis_url& url) {
  if (url.kind == topology::single) {
    if (text.find(',') != std::string_view::npos)
      return "one host; several stand in redis+sentinel: and redis+cluster:";
    return read_host(text, url);
  }
  while (true) {
    auto expected = read_host(take_until(text, ","), url);
    if (!expected.empty() || text.empty())
      return expected;
    text.remove_prefix(1);
  }
}

expectation read_db(std::string_view text, redis_url& url) {
  auto number = read_integer(text);
  if (!number || *number > redis_db_max)
    return a_database;
  if (*number != 0 && url.kind == topology::cluster)
    return "database 0, as a cluster has no other";
  url.db = *number;
  return all_is_well;
}

expectation read_unix_path(std::string_view authority, std::string_view path,
                           redis_url& url) {
  if (!authority.empty() || path.size() < 2)
    return "the socket's absolute path, as in unix:///run/redis.sock";
  auto decoded = percent_decoded(path);
  if (!decoded)
    return an_escape;
  if (decoded->size() > redis_path_bytes_max
      || decoded->find('\0') != std::string::npos)
    return "a socket's path of at most 107 bytes without NUL";
  url.hosts.push_back({std::move(*decoded), 0});
  return all_is_well;
}

/// `path` begins with a slash or is empty. Whether it held a database is in
/// `has_db`.
expectation read_path(std::string_view path, redis_url& url, bool& has_db) {
  if (!path.empty())
    path.remove_prefix(1);
  if (url.kind == topology::sentinel) {
    auto name = percent_decoded(take_until(path, "/"));
    if (!name)
      return an_escape;
    if (name->empty() || name->find('\0') != std::string::npos)
      return a_master;
    url.master_name = std::move(*name);
    if (!path.empty())
      path.remove_prefix(1);
    if (path.find('/') != std::string_view::npos)
      return a_master;
  }
  has_db = !path.empty();
  return has_db ? read_db(path, url) : all_is_well;
}

/// `query` begins with a question mark or is empty.
expectation read_query(std::string_view query, redis_url& url, bool has_db) {
  if (query.size() < 2)
    return all_is_well;
  query.remove_prefix(1);
  constexpr std::string_view key = "db=";
  if (has_db || !query.starts_with(key))
    return "no parameter but one db, and that only if the path holds no "
           "database (in a password, ? is %3F)";
  return read_db(query.substr(key.size()), url);
}

expectation read_into(std::string_view text, redis_url& url) {
  auto separator = text.find("://");
  if (separator == std::string_view::npos)
    return redis_url_expected;
  auto name = lowered(text.substr(0, separator));
  auto found = std::find_if(schemes.begin(), schemes.end(),
                            [&](const auto& x) { return x.name == name; });
  if (found == schemes.end())
    return redis_url_expected;
  auto is_plain = [](unsigned char c) { return c > ' ' && c != 0x7f; };
  if (!std::all_of(text.begin(), text.end(), is_plain))
    return "no blank and no control character (a blank is %20)";
  text.remove_prefix(separator + 3);
  if (text.find('#') != std::string_view::npos)
    return "no fragment (in a password, # is %23)";
  url.kind = found->kind;
  url.is_tls = found->is_tls;
  auto authority = take_until(text, "/?");
  auto path = take_until(text, "?");
  auto expected = take_login(authority, url);
  if (!expected.empty())
    return expected;
  auto has_db = false;
  if (found->is_unix) {
    expected = read_unix_path(authority, path, url);
  } else {
    expected = read_hosts(authority, url);
    if (expected.empty())
      expected = read_path(path, url, has_db);
  }
  return expected.empty() ? read_query(text, url, has_db) : expected;
}

bool is_unix(const redis_url& url) {
  return url.kind == topology::single && url.hosts.front().port == 0;
}

std::string_view scheme_of(const redis_url& url) {
  for (const auto& x : schemes)
    if (x.kind == url.kind && x.is_tls == url.is_tls
        && x.is_unix == is_unix(url))
      return x.name;
  return {};
}

} // namespace

redis_url_result read_redis_url(std::string_view text) {
  redis_url url;
  auto expected = read_into(text, url);
  if (!expected.empty())
    return {std::nullopt, expected};
  return {std::move(url), {}};
}

std::string to_string(const redis_url& url) {
  auto result = std::string{scheme_of(url)} + "://";
  if (!url.user.empty() || !url.password.empty())
    result += percent_encoded(url.user) + ':' + percent_encoded(url.password)
              + '@';
  auto db = std::to_string(url.db);
  if (is_unix(url)) {
    result += percent_encoded(url.hosts.front().host, "/");
    return url.db == 0 ? result : result + "?db=" + db;
  }
  for (const auto& x : url.hosts) {
    if (&x != &url.hosts.front())
      result += ',';
    auto is_v6 = x.host.find(':') != std::string::npos;
    result += is_v6 ? '[' + x.host + ']' : x.host;
    if (x.port != port_of(url.kind))
      result += ':' + std::to_string(x.port);
  }
  if (url.kind == topology::sentinel)
    result += '/' + percent_encoded(url.master_name);
  return url.db == 0 ? result : result + '/' + db;
}

} // namespace signalbox
