// Structured logs on stdout: one JSON object a line, or readable text with
// PRETTY_LOGS. Any thread may log; a shard is never blocked by a slow reader of
// stdout (lines are dropped instead, and counted in the next line written).
// Never hand a token, a secret, a URL's query or a payload to these.

#pragma once

#include "conf/options.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace signalbox::log {

/// A named value of a line. Numbers are written as JSON numbers.
struct field {
  std::string_view key;
  std::string_view text;
  std::int64_t number = 0;
  bool is_number = false;

  field(std::string_view k, std::string_view v) : key(k), text(v) {}
  field(std::string_view k, const char* v) : key(k), text(v) {}
  field(std::string_view k, const std::string& v) : key(k), text(v) {}
  template <std::integral T>
  field(std::string_view k, T v)
    : key(k), number(static_cast<std::int64_t>(v)), is_number(true) {}
};

using fields = std::initializer_list<field>;

/// Starts logging; until then lines of level warn and up go to stderr as text.
/// `node` stands in every line.
void start(log_level level, bool is_pretty, std::string_view node);

/// Writes out what is pending and stops the writer; call last.
void stop();

void set_level(log_level level) noexcept;
log_level level() noexcept;
bool is_enabled(log_level level) noexcept;

/// `folder` is the part that speaks: net, actors, backplane, conf, main.
void write(log_level level, std::string_view folder, std::string_view message,
           fields values = {});

inline void debug(std::string_view folder, std::string_view message,
                  fields values = {}) {
  if (is_enabled(log_level::debug))
    write(log_level::debug, folder, message, values);
}
inline void info(std::string_view folder, std::string_view message,
                 fields values = {}) {
  if (is_enabled(log_level::info))
    write(log_level::info, folder, message, values);
}
inline void warn(std::string_view folder, std::string_view message,
                 fields values = {}) {
  if (is_enabled(log_level::warn))
    write(log_level::warn, folder, message, values);
}
inline void error(std::string_view folder, std::string_view message,
                  fields values = {}) {
  if (is_enabled(log_level::error))
    write(log_level::error, folder, message, values);
}

/// That somebody has changed something: a line of level warn which is written
/// whatever the level in force is, `off` too. Who changes things must not be
/// able to silence the log first.
inline void audit(std::string_view folder, std::string_view message,
                  fields values = {}) {
  write(log_level::warn, folder, message, values);
}

/// Lets through one line an interval and counts the rest, so that refusals
/// under attack cost one line a second, not one each. Thread-safe.
class limiter {
public:
  explicit limiter(std::chrono::milliseconds interval) : interval_(interval) {}

  /// Nothing: do not log. Otherwise log, and say that this many like it were
  /// left out since the last line.
  struct ticket {
    bool is_granted = false;
    std::uint64_t suppressed = 0;
  };
  ticket try_acquire(std::chrono::steady_clock::time_point now) noexcept;

private:
  std::chrono::milliseconds interval_;
  std::atomic<std::int64_t> next_ns_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

} // namespace signalbox::log
