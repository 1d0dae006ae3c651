#include "net/console/access.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <unistd.h>

using namespace signalbox::console;

namespace {

using words = std::vector<std::string>;

const words nothing;

/// A file that is gone with it.
class token_file {
public:
  explicit token_file(const std::string& content) {
    const auto descriptor = ::mkstemp(path_);
    REQUIRE(descriptor >= 0);
    REQUIRE(::write(descriptor, content.data(), content.size())
            == static_cast<ssize_t>(content.size()));
    ::close(descriptor);
  }
  token_file(const token_file&) = delete;
  token_file& operator=(const token_file&) = delete;
  ~token_file() { ::unlink(path_); }

  std::string path() const { return path_; }

private:
  char path_[32] = "/tmp/signalbox-token-XXXXXX";
};

console_options given(std::string console_options::*what,
                      const std::string& value) {
  console_options result;
  result.*what = value;
  return result;
}

admin_access access_with(const console_options& options,
                         const words& environment) {
  auto result = access_of(options, environment);
  CHECK(result.errors == nothing);
  return result.access;
}

std::string url_with(const std::string& url) {
  return access_with(given(&console_options::admin_url, url), {}).url;
}

words errors_with(const std::string& url) {
  return access_of(given(&console_options::admin_url, url), {}).errors;
}

access_result with_token_file(const std::string& content) {
  const token_file file{content};
  return access_of(given(&console_options::token_file, file.path()),
                   {"ADMIN_TOKEN=other"});
}

} // namespace

TEST_CASE("access: the URL is the flag's, the variable's, this machine's",
          "[console]") {
  CHECK(url_with("https://node.example:8443/box/")
        == "https://node.example:8443/box");
  CHECK(access_with({}, {"ADMIN_URL=http://node.example", "PORT=1"}).url
        == "http://node.example");
  CHECK(access_with({}, {"ADMIN_URL=", "PORT=4001"}).url
        == "http://127.0.0.1:4001");
  CHECK(access_with({}, {"PORT=4001", "HEALTH_PORT=4002"}).url
        == "http://127.0.0.1:4002");
  CHECK(access_with({}, {"WS_PORT=4003"}).url == "http://127.0.0.1:4003");
  CHECK(access_with({}, {"PORT=0"}).url == "http://127.0.0.1:3002");
  CHECK(access_with({}, {}).url == "http://127.0.0.1:3002");
}

TEST_CASE("access: a port that is none is named", "[console]") {
  CHECK(access_of({}, {"PORT=65536"}).errors
        == words{"PORT=65536 (environment): expected a whole number from 0 to "
                 "65535; or give --admin-url"});
}

TEST_CASE("access: what is no URL of a web server is refused", "[console]") {
  for (const auto* bad : {"localhost:3002", "ftp://host", "http://", "x",
                          "http://host:99999", "http://ho st/", "file:///etc"})
    CHECK(errors_with(bad)
          == words{"--admin-url="
                   + (std::string{bad}.find(' ') == std::string::npos
                        ? std::string{bad}
                        : '"' + std::string{bad} + '"')
                   + ": expected http://HOST:PORT or https://HOST:PORT"});
}

TEST_CASE("access: a password in the URL is refused and not repeated",
          "[console]") {
  CHECK(errors_with("http://admin:hush@host/")
        == words{"--admin-url=http://admin:****@host/: expected no user and no "
                 "password: a token opens the admin API"});
}

TEST_CASE("access: a query or a fragment in the URL is refused", "[console]") {
  CHECK(errors_with("http://host/#token=hush").size() == 1);
  CHECK(errors_with("http://host/?token=hush").size() == 1);
}

TEST_CASE("access: loopback is told by address and name", "[console]") {
  for (const auto* url :
       {"http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1",
        "http://localhost", "http://LOCALHOST"})
    CHECK(access_of(given(&console_options::admin_url, url), {})
            .access.is_loopback);
  for (const auto* url : {"http://127.evil.example", "http://10.0.0.1",
                          "http://localhost.example"})
    CHECK_FALSE(access_of(given(&console_options::admin_url, url), {})
                  .access.is_loopback);
}

TEST_CASE("access: the token is the file's, the flag's, the variable's",
          "[console]") {
  CHECK(with_token_file("hush\n").access.token == "hush");
  CHECK(with_token_file("hush\r\n").access.token == "hush");
  CHECK(
    access_with(given(&console_options::token, "flag"), {"ADMIN_TOKEN=other"})
      .token
    == "flag");
  CHECK(access_with({}, {"ADMIN_TOKEN=other"}).token == "other");
  CHECK(access_with({}, {"ADMIN_TOKEN="}).token.empty());
}

TEST_CASE("access: a token that would begin another header is refused",
          "[console]") {
  CHECK(with_token_file("hush\nX-Evil: 1").errors
        == words{"--token-file: expected a token of visible ASCII characters"});
  CHECK(access_of({}, {"ADMIN_TOKEN=hush hush"}).errors
        == words{"ADMIN_TOKEN: expected a token of visible ASCII characters"});
}

TEST_CASE("access: a file without a token is named", "[console]") {
  CHECK(with_token_file("\n").errors.size() == 1);
  CHECK(with_token_file(std::string(5000, 'x')).errors.size() == 1);
  CHECK(
    access_of(given(&console_options::token_file, "/nowhere/at/all"), {}).errors
    == words{"--token-file=/nowhere/at/all: expected a file that can be "
             "read: No such file or directory"});
}

TEST_CASE("access: authorities are the flag's, then OpenSSL's variable's",
          "[console]") {
  CHECK(access_with(given(&console_options::ca_file, "a.pem"),
                    {"SSL_CERT_FILE=b.pem"})
          .ca_file
        == "a.pem");
  CHECK(access_with({}, {"SSL_CERT_FILE=b.pem"}).ca_file == "b.pem");
}
