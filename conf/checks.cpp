#include "conf/checks.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "conf/value.hpp"

namespace signalbox {

namespace {

/// RFC 7518 §3.2: a key of HS256 has at least the size of the hash.
constexpr std::size_t secret_bytes_advised = 32;

/// Of random letters and digits: 95 bits.
constexpr std::size_t token_bytes_advised = 16;

/// Of digits alone, or of letters that are not ASCII, a secret may well be real
/// if it is as long as this.
constexpr std::size_t number_bytes_min = 16;

/// Where guesses are not limited: from a random generator, and long enough.
constexpr std::size_t exposed_token_bytes_advised = 32;

/// As the user gave it, or as the variable if nobody did.
std::string named(const chosen_settings& chosen, std::string_view name) {
  auto found = chosen.find(name);
  return found ? describe(*found) : std::string{name};
}

void check_pair(std::string_view cert, std::string_view key,
                const chosen_settings& chosen,
                std::vector<std::string>& errors) {
  auto has_cert = chosen.find(cert) != nullptr;
  if (has_cert == (chosen.find(key) != nullptr))
    return;
  errors.push_back(named(chosen, has_cert ? cert : key) + ": expected "
                   + std::string{has_cert ? key : cert} + " with it");
}

using file_setting = std::pair<std::string_view, std::string options::*>;

/// What TLS to Redis takes from files.
constexpr std::array<file_setting, 3> redis_files{
  {{"REDIS_CA_FILE", &options::redis_ca_file},
   {"REDIS_CERT_FILE", &options::redis_cert_file},
   {"REDIS_KEY_FILE", &options::redis_key_file}}};

/// What TLS to clients takes from files.
constexpr std::array<file_setting, 2> client_files{
  {{"TLS_CERT_FILE", &options::tls_cert_file},
   {"TLS_KEY_FILE", &options::tls_key_file}}};

/// Why no byte can be read from `path`; empty if some may. Reads none: it may
/// be a pipe, whose bytes come once.
std::string why_unreadable(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{
    std::fopen(path.c_str(), "re"), std::fclose};
  if (!file)
    return std::strerror(errno);
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? std::strerror(EISDIR)
                                                      : std::string{};
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Letters, in lower case, and digits.
std::string letters_of(std::string_view text) {
  auto result = lowered(text);
  std::erase_if(result,
                [](char c) { return !(c >= 'a' && c <= 'z') && !is_digit(c); });
  return result;
}

} // namespace

bool is_placeholder(std::string_view secret) {
  static constexpr std::array<std::string_view, 31> words{
    "secret",    "mysecret",  "devsecret",   "testsecret",   "jwtsecret",
    "topsecret", "secretkey", "mysecretkey", "jwtsecretkey", "test",
    "testing",   "dev",       "development", "password",     "mypassword",
    "passwd",    "admin",     "token",       "mytoken",      "admintoken",
    "example",   "none",      "null",        "undefined",    "default",
    "dummy",     "todo",      "fixme",       "foobar",       "letmein",
    "qwerty"};
  static constexpr std::array<std::string_view, 17> parts{
    "changeme",    "changethis",  "changeit",        "changein",
    "replaceme",   "replacethis", "replacewith",     "placeholder",
    "secrethere",  "tokenhere",   "keyhere",         "insertsecret",
    "supersecret", "insecure",    "secretof32bytes", "astringsecretatleast",
    "keyboardcat"};
  // What follows "your" in them.
  static constexpr std::array<std::string_view, 6> owned{
    "secret", "jwt", "key", "token", "own", "256"};
  if (secret.empty())
    return false;
  // In any spelling, and with any number behind it.
  const auto letters = letters_of(secret);
  auto word = std::string_view{letters};
  while (!word.empty() && is_digit(word.back()))
    word.remove_suffix(1);
  const auto is_of_one_letter = std::all_of(
    secret.begin(), secret.end(), [&](char c) { return c == secret.front(); });
  const auto is_short_number = word.empty() && secret.size() < number_bytes_min;
  const auto is_owned = std::any_of(owned.begin(), owned.end(), [&](auto what) {
    return letters.starts_with("your" + std::string{what});
  });
  return is_short_number || is_of_one_letter || is_owned
         || std::find(words.begin(), words.end(), word) != words.end()
         || std::any_of(parts.begin(), parts.end(), [&](auto part) {
              return letters.find(part) != std::string::npos;
            });
}

/// Secrets that are what examples are full of.
void check_placeholders(const options& settings, const chosen_settings& chosen,
                        std::vector<std::string>& errors) {
  for (const auto& entry : table())
    if (entry.is_secret && is_placeholder(entry.print(settings)))
      errors.push_back(named(chosen, entry.name)
                       + ": expected a real secret in production, not a "
                         "placeholder");
}

std::vector<std::string> contradictions(const options& settings,
                                        const chosen_settings& chosen) {
  std::vector<std::string> errors;
  if (settings.node_env == environment::production)
    check_placeholders(settings, chosen, errors);
  check_pair("TLS_CERT_FILE", "TLS_KEY_FILE", chosen, errors);
  check_pair("REDIS_CERT_FILE", "REDIS_KEY_FILE", chosen, errors);
  if (settings.has_health_port && settings.health_port == settings.port
      && settings.port != 0
      && (settings.admin_bind.empty() || settings.admin_bind == settings.bind))
    errors.push_back(named(chosen, "HEALTH_PORT")
                     + ": expected another port than PORT");
  // By what was given, not by what was read: a key set's URL that cannot be
  // read has been complained about already.
  if (settings.enable_auth && !chosen.find("JWT_SECRET")
      && !chosen.find("JWT_JWKS_URL"))
    errors.push_back(named(chosen, "ENABLE_AUTH")
                     + ": expected JWT_SECRET or JWT_JWKS_URL with it");
  return errors;
}

std::vector<std::string> unreadable_files(const options& settings,
                                          const chosen_settings& chosen) {
  std::vector<std::string> errors;
  auto check = [&](const file_setting& file) {
    const auto& path = settings.*file.second;
    if (path.empty())
      return;
    if (auto why = why_unreadable(path); !why.empty())
      errors.push_back(named(chosen, file.first)
                       + ": expected a file that can be read: " + why);
  };
  for (const auto& file : client_files)
    check(file);
  for (const auto& file : redis_files)
    check(file);
  return errors;
}

/// HEALTH_PORT takes any number of guesses at the token (net/admin/README.md).
void check_exposed_token(const options& settings, const chosen_settings& chosen,
                         std::vector<std::string>& warnings) {
  const auto& bind = settings.admin_bind.empty() ? settings.bind
                                                 : settings.admin_bind;
  const auto address = ip_address::parse(bind);
  const auto is_exposed = settings.has_health_port
                          && !(address && address->is_loopback());
  const auto size = settings.admin_token.size();
  if (is_exposed && size >= token_bytes_advised
      && size < exposed_token_bytes_advised)
    warnings.push_back(named(chosen, "ADMIN_TOKEN") + ": shorter than "
                       + std::to_string(exposed_token_bytes_advised)
                       + " bytes, and HEALTH_PORT, which others than this "
                         "machine reach, limits no guesses");
}

/// A key that no algorithm in JWT_ALG can use admits nobody.
void check_keys(const options& settings, const chosen_settings& chosen,
                std::vector<std::string>& warnings) {
  if (!settings.enable_auth)
    return;
  const auto& allowed = settings.jwt_alg;
  const auto has_shared = std::any_of(allowed.begin(), allowed.end(),
                                      is_symmetric);
  const auto has_public = !std::all_of(allowed.begin(), allowed.end(),
                                       is_symmetric);
  if (!settings.jwt_secret.empty() && !has_shared)
    warnings.push_back(named(chosen, "JWT_SECRET")
                       + ": not used, as JWT_ALG allows no HS256, HS384 or "
                         "HS512");
  if (!settings.jwt_jwks_url.empty() && !has_public)
    warnings.push_back(named(chosen, "JWT_JWKS_URL")
                       + ": not used, as JWT_ALG allows no algorithm with "
                         "public keys, such as RS256");
  if (has_public && settings.node_env == environment::production
      && settings.jwt_jwks_url.starts_with("http://"))
    warnings.push_back(named(chosen, "JWT_JWKS_URL")
                       + ": expected https in production, as whoever is on "
                         "the way there may put in keys of their own");
}

std::vector<std::string> advice(const options& settings,
                                const chosen_settings& chosen) {
  std::vector<std::string> warnings;
  auto check_size = [&](const std::string& secret, std::string_view name,
                        std::size_t bytes_advised) {
    if (!secret.empty() && secret.size() < bytes_advised)
      warnings.push_back(named(chosen, name) + ": shorter than "
                         + std::to_string(bytes_advised)
                         + " bytes, so it can be guessed");
  };
  check_size(settings.jwt_secret, "JWT_SECRET", secret_bytes_advised);
  check_size(settings.jwt_secret_previous, "JWT_SECRET_PREVIOUS",
             secret_bytes_advised);
  check_size(settings.admin_token, "ADMIN_TOKEN", token_bytes_advised);
  check_exposed_token(settings, chosen, warnings);
  check_keys(settings, chosen, warnings);
  for (const auto& entry : table()) {
    auto found = chosen.find(entry.name);
    if (found && found->source == setting_source::flag
        && (entry.is_secret || masked(entry, found->text) != found->text))
      warnings.push_back(describe(*found)
                         + ": every user of this machine can read it there");
  }
  for (auto [name, field] : redis_files)
    if (!(settings.*field).empty()
        && !(settings.redis_url && settings.redis_url->is_tls))
      warnings.push_back(named(chosen, name)
                         + ": not used, as REDIS_URL asks for no TLS");
  if (settings.proxy_protocol && settings.trusted_proxies.empty())
    warnings.push_back(named(chosen, "PROXY_PROTOCOL")
                       + ": no peer may send a header, as TRUSTED_PROXIES "
                         "names none");
  return warnings;
}

} // namespace signalbox
