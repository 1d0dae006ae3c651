#include "net/admin/access.hpp"

#include "conf/value.hpp"
#include "net/admin/json_answer.hpp"
#include "net/openssl_support.hpp"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace signalbox {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

digest digest_of(std::string_view text) {
  digest result;
  SHA256(octets_of(text), text.size(), result.data());
  return result;
}

/// What follows the scheme, which may be in any case; nothing if there is
/// another scheme.
std::optional<std::string_view> bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer";
  if (lowered(authorization.substr(0, scheme.size())) != scheme)
    return std::nullopt;
  auto rest = authorization.substr(scheme.size());
  const auto blanks = std::min(rest.find_first_not_of(' '), rest.size());
  if (blanks == 0)
    return std::nullopt;
  rest.remove_prefix(blanks);
  return rest.substr(0, rest.find_last_not_of(" \t") + 1);
}

std::optional<http_answer> refusal_with_token(const admin_visit& visit,
                                              const std::string& token) {
  const auto shown = bearer_of(visit.authorization);
  if (!shown || shown->empty())
    return json_error(401, "expected ADMIN_TOKEN as a bearer token",
                      "WWW-Authenticate: Bearer\r\n");
  if (!is_same_secret(*shown, token))
    return json_error(401, "this is not ADMIN_TOKEN",
                      "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
  return std::nullopt;
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  const auto text = lowered(origin);
  const auto own = lowered(host);
  return text == "http://" + own || text == "https://" + own;
}

/// Why nobody is let in who shows no token; empty if somebody may be.
std::string_view why_not(const admin_visit& visit, const options& settings) {
  if (settings.node_env == environment::production)
    return "in production the admin endpoint needs ADMIN_TOKEN, and none is "
           "set";
  if (visit.is_behind_proxy || visit.has_proxy_header)
    return "without ADMIN_TOKEN no request is taken that came through a proxy";
  if (!visit.peer.is_loopback())
    return "without ADMIN_TOKEN only this machine itself is served, by its "
           "loopback addresses";
  if (!is_loopback_host(visit.host)
      || (!visit.target_host.empty() && !is_loopback_host(visit.target_host)))
    return "without ADMIN_TOKEN the Host has to be localhost, an address in "
           "127.0.0.0/8 or [::1]";
  if (visit.origin && !is_own_origin(*visit.origin, visit.host))
    return "without ADMIN_TOKEN no request of another page's is taken";
  if (visit.fetch_site && *visit.fetch_site != "same-origin"
      && *visit.fetch_site != "none")
    return "without ADMIN_TOKEN no request of another site's is taken; type "
           "the address into the browser";
  return {};
}

} // namespace

std::optional<http_answer> admin_refusal(const admin_visit& visit,
                                         admin_door door,
                                         const options& settings) {
  if (!settings.admin_token.empty())
    return door == admin_door::outside
             ? std::nullopt
             : refusal_with_token(visit, settings.admin_token);
  const auto why = why_not(visit, settings);
  if (why.empty())
    return std::nullopt;
  return json_error(403, why);
}

bool is_loopback_host(std::string_view host) {
  // What stands behind the last colon is a port, unless it is in brackets.
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos
      && host.find(']', colon) == std::string_view::npos) {
    const auto port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5
        || !std::all_of(port.begin(), port.end(),
                        [](char c) { return c >= '0' && c <= '9'; }))
      return false;
    host = host.substr(0, colon);
  }
  // IPv6 has brackets in a Host (RFC 9110 §7.2).
  if (!host.starts_with('[') && host.find(':') != std::string_view::npos)
    return false;
  if (lowered(host) == "localhost")
    return true;
  const auto address = ip_address::parse(host);
  return address && address->is_loopback();
}

bool is_proxy_header(std::string_view name) {
  const auto text = lowered(name);
  return text == "forwarded" || text == "via" || text == "x-real-ip"
         || text.starts_with("x-forwarded-") || text == "x-forwarded";
}

bool is_same_secret(std::string_view a, std::string_view b) {
  const auto left = digest_of(a);
  const auto right = digest_of(b);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace signalbox
