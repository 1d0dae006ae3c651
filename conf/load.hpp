// From command line, environment and files to `options`: flag over environment
// over file over default. Pure: reads the files it is told to, prints nothing,
// exits nothing; main does what the result says.

#pragma once

#include "conf/options.hpp"

#include <string>
#include <vector>

namespace signalbox {

enum class start_action : std::uint8_t {
  /// Start the node with `settings`.
  run,
  /// Print `text` on stdout and exit with 0: --help, --version, --print-config,
  /// --check-config.
  print,
  /// Print `text` on stderr and exit with 2: it names each value that could not
  /// be read, as the user wrote it, and what was expected.
  fail,
};

struct load_result {
  start_action action = start_action::run;
  options settings;
  std::string text;
  /// Worth a log line each at the start: a short JWT_SECRET, for example. Never
  /// holds a secret's value.
  std::vector<std::string> warnings;
};

/// `arguments` without the program's name; `environment` as NAME=VALUE.
load_result load(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment);

/// The version of this build, as in `--version`.
std::string_view version() noexcept;

} // namespace signalbox
