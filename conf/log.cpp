#include "conf/log.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include "conf/log_line.hpp"

namespace signalbox::log {

namespace {

using clock = std::chrono::steady_clock;

/// Lines that wait for the writer; its memory is taken at the start, so it is
/// small. The oldest give way.
constexpr std::size_t queue_lines_max = 512;

/// Bytes a pipe takes without blocking once poll says it is writable (POSIX
/// PIPE_BUF on Linux).
constexpr std::size_t chunk_bytes_max = 4096;

/// How long `stop` waits for a reader that does not read.
constexpr std::chrono::milliseconds stop_patience{1000};
constexpr int poll_interval_ms = 100;

/// Before `start` and after `stop`.
constexpr auto level_without_writer = log_level::warn;

std::atomic<log_level> least_level{level_without_writer};

/// Nanoseconds of `clock` after which a stuck reader is given up; 0 = never.
std::atomic<std::int64_t> give_up_ns{0};

bool is_given_up() {
  auto limit = give_up_ns.load(std::memory_order_relaxed);
  return limit != 0 && clock::now().time_since_epoch().count() >= limit;
}

/// Writes to `descriptor`, and never blocks longer than a poll: what is stuck
/// must not keep the process from ending. False if it was given up; from then
/// on a line is tried once, without waiting, as hundreds may be queued.
bool write_patiently(int descriptor, std::string_view text) {
  while (!text.empty()) {
    bool is_last_try = is_given_up();
    pollfd ready{descriptor, POLLOUT, 0};
    if (poll(&ready, 1, is_last_try ? 0 : poll_interval_ms) <= 0) {
      if (is_last_try)
        return false;
      continue;
    }
    auto size = std::min(text.size(), chunk_bytes_max);
    auto written = ::write(descriptor, text.data(), size);
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if ((errno != EAGAIN && errno != EINTR) || is_last_try)
      return false;
  }
  return true;
}

std::string formatted(const line& x, bool is_pretty) {
  auto text = is_pretty ? to_text(x) : to_json(x);
  text += '\n';
  return text;
}

/// Runs on the writer's thread alone.
class stdout_sink final
  : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  /// REQUIRES: `pool` outlives this; it is the one whose thread calls.
  stdout_sink(spdlog::details::thread_pool& pool, bool is_pretty,
              std::string node)
    : pool_(pool), is_pretty_(is_pretty), node_(std::move(node)) {}

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    report_dropped();
    write_patiently(STDOUT_FILENO,
                    {message.payload.data(), message.payload.size()});
  }

  void flush_() override {}

private:
  /// In front of the first line that got through after a loss.
  void report_dropped() {
    auto total = pool_.overrun_counter();
    if (total == dropped_)
      return;
    write_patiently(
      STDOUT_FILENO,
      formatted({log_level::warn,
                 std::chrono::system_clock::now(),
                 node_,
                 "conf",
                 "log lines were dropped: stdout is read too slowly",
                 {{"dropped_lines", total - dropped_}}},
                is_pretty_));
    dropped_ = total;
  }

  spdlog::details::thread_pool& pool_;
  bool is_pretty_;
  std::string node_;
  std::size_t dropped_ = 0;
};

struct writer {
  bool is_pretty;
  std::string node;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

/// Kept after `stop`, so that a thread that still logs finds its logger (whose
/// lines then go nowhere) and not freed memory.
std::unique_ptr<writer> owner;
std::atomic<writer*> current{nullptr};

} // namespace

void start(log_level level, bool is_pretty, std::string_view node) {
  stop();
  auto next = std::make_unique<writer>();
  next->is_pretty = is_pretty;
  next->node = node;
  next->pool = std::make_shared<spdlog::details::thread_pool>(queue_lines_max,
                                                              1);
  next->logger = std::make_shared<spdlog::async_logger>(
    "signalbox",
    std::make_shared<stdout_sink>(*next->pool, is_pretty, next->node),
    next->pool, spdlog::async_overflow_policy::overrun_oldest);
  // Levels are ours to check; what reaches the logger is to be written.
  next->logger->set_level(spdlog::level::trace);
  give_up_ns.store(0, std::memory_order_relaxed);
  owner = std::move(next);
  current.store(owner.get(), std::memory_order_release);
  set_level(level);
}

void stop() {
  auto stopped = current.exchange(nullptr, std::memory_order_acq_rel);
  if (!stopped)
    return;
  set_level(level_without_writer);
  auto limit = clock::now() + stop_patience;
  give_up_ns.store(limit.time_since_epoch().count(), std::memory_order_relaxed);
  // Its destructor writes out what is queued and joins the thread.
  stopped->pool.reset();
}

void set_level(log_level level) noexcept {
  least_level.store(level, std::memory_order_relaxed);
}

log_level level() noexcept {
  return least_level.load(std::memory_order_relaxed);
}

bool is_enabled(log_level level) noexcept {
  return level != log_level::off
         && level >= least_level.load(std::memory_order_relaxed);
}

void write(log_level level, std::string_view folder, std::string_view message,
           fields values) {
  auto now = std::chrono::system_clock::now();
  auto to = current.load(std::memory_order_acquire);
  if (!to) {
    auto text = formatted({level, now, {}, folder, message, values}, true);
    [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, text.data(),
                                            text.size());
    return;
  }
  to->logger->log(spdlog::level::info,
                  formatted({level, now, to->node, folder, message, values},
                            to->is_pretty));
}

limiter::ticket
limiter::try_acquire(std::chrono::steady_clock::time_point now) noexcept {
  auto now_ns = std::chrono::nanoseconds{now.time_since_epoch()}.count();
  auto next_ns = next_ns_.load(std::memory_order_relaxed);
  auto after_ns = now_ns + std::chrono::nanoseconds{interval_}.count();
  // Of threads that come at once, the one that moves the time on speaks.
  if (now_ns < next_ns
      || !next_ns_.compare_exchange_strong(next_ns, after_ns,
                                           std::memory_order_relaxed)) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  return {true, suppressed_.exchange(0, std::memory_order_relaxed)};
}

} // namespace signalbox::log
