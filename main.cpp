// The composition root: options, then the node, then signals until it ends; or
// a command that asks a running node.

#include "backplane/embedded.hpp"
#include "backplane/redis_backplane.hpp"
#include "conf/load.hpp"
#include "conf/log.hpp"
#include "conf/value.hpp"
#include "net/console/console.hpp"
#include "net/greeting.hpp"
#include "net/node.hpp"
#include "net/signal_loop.hpp"

#include <atomic>
#include <csignal>
#include <iostream>

namespace {

using namespace signalbox;

// What is in force, for the log; one line a program can wait for.
void announce(const node& running, const options& settings) {
  log::info("main", "listening",
            {{"version", version()},
             {"bind", settings.bind},
             {"port", running.port()},
             {"health_port", running.health_port()},
             {"shards", running.shards()},
             {"auth", settings.enable_auth ? "on" : "off"},
             {"backplane", settings.redis_url ? "redis" : "embedded"},
             {"environment", name_of(settings.node_env)}});
}

// Waits for what ends the node: a signal, or 0 for `wake`.
int wait_for_end(signal_loop& signals, node& running) {
  auto signal = signals.wait();
  for (; signal == SIGHUP; signal = signals.wait())
    running.reload_certificate();
  return signal;
}

// The first signal drains, the second ends at once. False if it did not end
// because of one. Throws std::system_error if it cannot start.
bool serve(const options& settings, const std::string& id,
           signal_loop& signals) {
  std::atomic<bool> has_failed = false;
  node running{settings, id,
               settings.redis_url ? start_redis_backplane : embedded_backplane};
  announce(running, settings);
  if (settings.node_env == environment::development)
    std::cerr << greeting(running.port(), !settings.tls_cert_file.empty());
  running.when_failed([&] {
    log::error("main", "the supervisor has failed: ending");
    has_failed = true;
    signals.wake();
  });
  if (wait_for_end(signals, running) != 0) {
    running.drain([&signals] { signals.wake(); });
    wait_for_end(signals, running);
  }
  return !has_failed;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> environment;
  for (auto** x = environ; *x; ++x)
    environment.emplace_back(*x);
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  if (const auto code = run_console(arguments, environment))
    return *code;
  const auto start = load(arguments, environment);
  if (start.action == start_action::print) {
    std::cout << start.text;
    return 0;
  }
  if (start.action == start_action::fail) {
    std::cerr << start.text;
    return 2;
  }
  signal_loop signals{SIGTERM, SIGINT, SIGHUP};
  // A closed pipe at the other end of stdout must not end the node.
  std::signal(SIGPIPE, SIG_IGN);
  const auto id = make_node_id();
  log::start(start.settings.log_level, start.settings.pretty_logs, id);
  for (const auto& x : start.warnings)
    log::warn("conf", x);
  int result = 1;
  try {
    if (serve(start.settings, id, signals))
      result = 0;
    log::info("main", "stopped");
  } catch (const std::exception& e) {
    log::error("main", "cannot start", {{"reason", e.what()}});
  }
  log::stop();
  return result;
}
