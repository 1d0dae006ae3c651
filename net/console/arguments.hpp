// The command line of `signalbox top` and its kin: which commands there are,
// which flags each takes, and their help. Pure. No text of a token, nor what
// may be one, is in an error.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::console {

enum class command : std::uint8_t {
  top,
  overview,
  sessions,
  rooms,
  actors,
  kick,
  close,
  drain,
  log_level,
};

struct console_options {
  console::command command = command::top;
  /// The word that is no flag: an id, a room, a level; empty = none.
  std::string operand;

  /// As given, empty = not given: see access.hpp.
  std::string admin_url;
  std::string token;
  std::string token_file;
  std::string ca_file;

  /// Rows of a list; 0 = all, nothing = as many as the node gives unasked.
  std::optional<std::size_t> limit;
  std::string filter;
  std::string sort;
  std::string kind;

  std::chrono::milliseconds interval{1000};
  std::chrono::milliseconds timeout{60000};

  bool wants_help = false;
  bool wants_json = false;
  bool is_once = false;
  bool is_cancel = false;
  bool is_wait = false;
};

struct arguments_result {
  console_options options;
  /// All that is wrong, a line each.
  std::vector<std::string> errors;
};

/// The command that `word` names.
std::optional<command> command_named(std::string_view word) noexcept;

/// The words that name commands, in the order of the help.
std::vector<std::string_view> command_names();

/// `arguments` are what follows the command; of a repeated flag the last
/// counts. What follows `--` is no flag.
arguments_result parse_arguments(command which,
                                 const std::vector<std::string>& arguments);

/// `signalbox COMMAND --help`, at most 80 columns.
std::string help_of(command which);

} // namespace signalbox::console
