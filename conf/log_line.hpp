// How a log line looks, apart from where it goes. Pure; any thread.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "conf/log.hpp"

namespace signalbox::log {

struct line {
  log_level level = log_level::info;
  std::chrono::system_clock::time_point time;
  std::string_view node;
  std::string_view folder;
  std::string_view message;
  fields values;
};

/// `2026-11-24T09:05:01.002Z`.
std::string utc_text(std::chrono::system_clock::time_point time);

/// One JSON object without a line end: level, time, message, node, folder, then
/// the values in order. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const line& x);

/// `TIME LEVEL folder: message key=value...`, without a line end. Values that
/// are not plain are quoted and escaped: a peer's text can neither start a line
/// of its own nor speak to the terminal.
std::string to_text(const line& x);

} // namespace signalbox::log
