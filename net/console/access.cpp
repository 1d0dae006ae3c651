#include "net/console/access.hpp"

#include "conf/address.hpp"
#include "conf/value.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <curl/curl.h>
#include <memory>
#include <optional>

namespace signalbox::console {

namespace {

using lines = std::vector<std::string>;

/// Many times what a token takes.
constexpr std::size_t token_bytes_max = 4096;
constexpr std::uint64_t port_max = 65535;
constexpr std::uint64_t default_port = 3002;

std::string variable(const lines& environment, std::string_view name) {
  for (const auto& x : environment)
    if (x.size() > name.size() && x.starts_with(name) && x[name.size()] == '=')
      return x.substr(name.size() + 1);
  return {};
}

using url_handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Empty if there is no such part.
std::string part_of(const url_handle& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK)
    return {};
  std::string result{text};
  curl_free(text);
  return result;
}

bool is_loopback_name(const std::string& host) {
  const auto address = ip_address::parse(host);
  return address ? address->is_loopback() : lowered(host) == "localhost";
}

/// `name`: how `text` was given.
void read_url(std::string_view name, const std::string& text,
              admin_access& access, lines& errors) {
  const auto refuse = [&](std::string_view expected) {
    errors.push_back(std::string{name} + '=' + shown(mask_url(text))
                     + ": expected " + std::string{expected});
  };
  const url_handle url{curl_url(), curl_url_cleanup};
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return refuse("http://HOST:PORT or https://HOST:PORT");
  const auto scheme = part_of(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return refuse("http://HOST:PORT or https://HOST:PORT");
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD})
    if (!part_of(url, part).empty())
      return refuse("no user and no password: a token opens the admin API");
  for (const auto part : {CURLUPART_QUERY, CURLUPART_FRAGMENT})
    if (!part_of(url, part).empty())
      return refuse("no query and no fragment");
  access.url = part_of(url, CURLUPART_URL);
  while (access.url.ends_with('/'))
    access.url.pop_back();
  access.is_loopback = is_loopback_name(part_of(url, CURLUPART_HOST));
}

/// A node's own variables, where it was started from the same environment. 0
/// lets the kernel choose, so it says nothing.
std::uint64_t port_of(const lines& environment, lines& errors) {
  for (const auto* name : {"HEALTH_PORT", "PORT", "WS_PORT"}) {
    const auto text = variable(environment, name);
    if (text.empty())
      continue;
    const auto port = read_integer(text);
    if (!port || *port > port_max)
      errors.push_back(std::string{name} + '=' + shown(text)
                       + " (environment): expected a whole number from 0 to "
                         "65535; or give --admin-url");
    else if (*port != 0)
      return *port;
  }
  return default_port;
}

std::optional<std::string> token_in(const std::string& path, lines& errors) {
  const auto fail = [&](const std::string& expected) {
    errors.push_back("--token-file=" + shown(path) + ": expected a file "
                     + expected);
    return std::nullopt;
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{
    std::fopen(path.c_str(), "re"), std::fclose};
  if (!file)
    return fail("that can be read: " + std::string{std::strerror(errno)});
  std::string text(token_bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()))
    return fail("that can be read: " + std::string{std::strerror(errno)});
  if (text.size() > token_bytes_max)
    return fail("of at most " + std::to_string(token_bytes_max) + " bytes");
  // As editors and `echo` end it.
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  if (text.empty())
    return fail("that holds a token");
  return text;
}

} // namespace

access_result access_of(const console_options& options,
                        const lines& environment) {
  access_result result;
  auto& [access, errors] = result;
  if (!options.admin_url.empty())
    read_url("--admin-url", options.admin_url, access, errors);
  else if (const auto url = variable(environment, "ADMIN_URL"); !url.empty())
    read_url("ADMIN_URL", url, access, errors);
  else
    read_url("--admin-url",
             "http://127.0.0.1:" + std::to_string(port_of(environment, errors)),
             access, errors);

  std::string_view origin = "--token";
  access.token = options.token;
  if (!options.token_file.empty()) {
    origin = "--token-file";
    access.token = token_in(options.token_file, errors).value_or("");
  } else if (access.token.empty()) {
    origin = "ADMIN_TOKEN";
    access.token = variable(environment, "ADMIN_TOKEN");
  }
  // A line break would begin another header.
  if (!access.token.empty() && !is_header_word(access.token))
    errors.push_back(std::string{origin}
                     + ": expected a token of visible ASCII characters");

  access.ca_file = options.ca_file.empty()
                     ? variable(environment, "SSL_CERT_FILE")
                     : options.ca_file;
  return result;
}

} // namespace signalbox::console
