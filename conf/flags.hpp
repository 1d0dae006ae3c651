// Reads the command line into settings and requests. CLI11 knows which flags
// there are and takes the line apart; every value stays text, for the table to
// read: CLI11 2.1 takes `0x10` and `010` for integers and `2` for a boolean.

#pragma once

#include <string>
#include <vector>

#include "conf/settings.hpp"

namespace signalbox {

struct flags_result {
  std::vector<setting> settings;
  std::vector<std::string> errors;
  /// Empty = none.
  std::string config_file;
  std::string env_file;
  bool wants_help = false;
  bool wants_version = false;
  bool wants_print_config = false;
  bool wants_check_config = false;
};

/// `arguments` without the program's name; of a repeated flag the last counts.
flags_result parse_flags(const std::vector<std::string>& arguments);

} // namespace signalbox
