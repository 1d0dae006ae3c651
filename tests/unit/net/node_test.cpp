#include "net/node.hpp"

#include "backplane/embedded.hpp"
#include "conf/log.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <mutex>
#include <set>
#include <stdexcept>

using namespace signalbox;

namespace {

options any_port() {
  options settings;
  settings.bind = "127.0.0.1";
  settings.port = 0;
  settings.shards = 2;
  return settings;
}

} // namespace

TEST_CASE("node: whoever asked hears that the supervisor has failed",
          "[node]") {
  log::set_level(log_level::off);
  const auto settings = any_port();
  std::promise<void> told;
  node running{settings, "test", [](auto&, auto&) -> backplane_actor {
                 throw std::runtime_error("no backplane");
               }};
  running.when_failed([&told] { told.set_value(); });
  CHECK(told.get_future().wait_for(std::chrono::seconds{20})
        == std::future_status::ready);
}

TEST_CASE("node: a supervisor that is told to end has not failed", "[node]") {
  log::set_level(log_level::off);
  const auto settings = any_port();
  bool has_failed = false;
  {
    node running{settings, "test", embedded_backplane};
    running.when_failed([&has_failed] { has_failed = true; });
  }
  CHECK_FALSE(has_failed);
}

TEST_CASE("node: a drain of nobody is over at once", "[node]") {
  log::set_level(log_level::off);
  const auto settings = any_port();
  std::promise<void> done;
  node running{settings, "test", embedded_backplane};
  running.drain([&done] { done.set_value(); });
  CHECK(done.get_future().wait_for(std::chrono::seconds{20})
        == std::future_status::ready);
}

TEST_CASE("node: TLS files that cannot be loaded keep it from starting",
          "[node]") {
  log::set_level(log_level::off);
  auto settings = any_port();
  settings.redis_url = read_redis_url("rediss://localhost").value;
  settings.redis_ca_file = "/no/such/ca.pem";
  CHECK_THROWS_WITH((node{settings, "test", embedded_backplane}),
                    "cannot load the TLS authorities /no/such/ca.pem: "
                    "No such file or directory");
}

TEST_CASE("node: a certificate that cannot be loaded keeps it from starting",
          "[node]") {
  log::set_level(log_level::off);
  auto settings = any_port();
  settings.tls_cert_file = "/no/such/cert.pem";
  settings.tls_key_file = "/no/such/key.pem";
  CHECK_THROWS_WITH((node{settings, "test", embedded_backplane}),
                    "cannot load the TLS certificate /no/such/cert.pem: "
                    "No such file or directory");
}

TEST_CASE("node: without a certificate there is nothing to reload", "[node]") {
  log::set_level(log_level::off);
  const auto settings = any_port();
  node running{settings, "test", embedded_backplane};
  CHECK_NOTHROW(running.reload_certificate());
}

TEST_CASE("node: every shard opens connections of its own", "[node]") {
  log::set_level(log_level::off);
  const auto settings = any_port();
  std::mutex mutex;
  std::set<wire_maker*> makers;
  {
    node running{settings, "test", [&](auto& system, home& where) {
                   std::lock_guard guard{mutex};
                   makers.insert(where.wires);
                   return embedded_backplane(system, where);
                 }};
    std::promise<void> done;
    running.drain([&done] { done.set_value(); });
    CHECK(done.get_future().wait_for(std::chrono::seconds{20})
          == std::future_status::ready);
  }
  CHECK(makers.size() == 2);
  CHECK(makers.count(nullptr) == 0);
}
