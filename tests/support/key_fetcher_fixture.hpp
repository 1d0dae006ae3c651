// A key fetcher on a shard that the test turns, and HTTP servers in the test's
// own hands: a script of answers, one for each connection, which goes on
// meanwhile. The environment is without what would lead elsewhere.

#pragma once

#include "net/tokens/key_fetcher.hpp"
#include "tests/support/wire_fixture.hpp"

#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

namespace signalbox::test {

/// An answer that ends with its connection.
inline std::string http_answer_of(const std::string& status_and_headers,
                                  const std::string& body = {}) {
  return "HTTP/1.1 " + status_and_headers + "\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

inline std::string http_redirect_to(const std::string& url) {
  return http_answer_of("302 Found\r\nLocation: " + url, "elsewhere");
}

/// Answers each connection with the next part of its script, and then closes
/// it; without one it waits for it.
struct scripted_server : test_server {
  std::string url(const std::string& path = "/keys") const {
    return "http://" + name() + path;
  }

  /// Goes on with the connection, or takes the next one.
  void serve() {
    if (!accept())
      return;
    char buffer[4096];
    const auto size = ::recv(peer.get(), buffer, sizeof buffer, 0);
    if (size > 0)
      received.append(buffer, static_cast<std::size_t>(size));
    const auto is_lost = size == 0 || (size < 0 && errno != EAGAIN);
    if (!is_asked_ && received.find("\r\n\r\n") != std::string::npos) {
      is_asked_ = true;
      requests.push_back(received);
    }
    if (is_asked_ && !is_answering_ && !script.empty()) {
      is_answering_ = true;
      left_ = script.front();
      script.pop_front();
    }
    if (is_answering_)
      left_.erase(0, send(left_));
    if (is_lost || (is_answering_ && left_.empty() && !stays_open)) {
      peer.close();
      received.clear();
      is_asked_ = is_answering_ = false;
    }
  }

  std::deque<std::string> script;
  std::vector<std::string> requests;
  /// Whether a connection stays open behind its answer.
  bool stays_open = false;

private:
  std::string left_;
  bool is_asked_ = false;
  bool is_answering_ = false;
};

/// A variable of the environment that is another one, or none, for a while.
class changed_variable {
public:
  changed_variable(std::string name, const char* value)
    : name_(std::move(name)) {
    if (const auto* before = std::getenv(name_.c_str()))
      before_ = before;
    set(value);
  }
  ~changed_variable() { set(before_ ? before_->c_str() : nullptr); }

  changed_variable(const changed_variable&) = delete;
  changed_variable& operator=(const changed_variable&) = delete;

private:
  void set(const char* value) {
    if (value)
      ::setenv(name_.c_str(), value, 1);
    else
      ::unsetenv(name_.c_str());
  }

  std::string name_;
  std::optional<std::string> before_;
};

/// No proxies but the test's.
struct no_proxies {
  no_proxies() {
    for (const auto* name : {"http_proxy", "https_proxy", "HTTPS_PROXY",
                             "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"})
      unset_.emplace_back(name, nullptr);
  }

private:
  std::deque<changed_variable> unset_;
};

inline const std::string document = R"({"keys":[]})";

/// A fetcher and two servers.
struct one_fetcher : no_proxies, shard_fixture {
  ~one_fetcher() {
    fetcher.reset();
    turns();
  }

  void make(const std::string& url, download_limits limits = {}) {
    fetcher.emplace(on(), url, limits);
  }

  void start() {
    fetcher->start([this](fetch_result x) {
      ++calls;
      result = std::move(x);
    });
  }

  /// Turns the shard and the servers until this holds.
  template <class Condition>
  void until(Condition holds) {
    shard_fixture::until([&] {
      server.serve();
      other.serve();
      return holds();
    });
  }

  /// The text that comes, or the error.
  std::string fetch(const std::string& url, download_limits limits = {}) {
    make(url, limits);
    return fetch_again();
  }

  std::string fetch_again() {
    result.reset();
    start();
    until([&] { return result.has_value(); });
    return result->error.empty() ? result->text : result->error;
  }

  scripted_server server;
  scripted_server other;
  std::optional<key_fetcher> fetcher;
  std::optional<fetch_result> result;
  int calls = 0;
};

} // namespace signalbox::test
