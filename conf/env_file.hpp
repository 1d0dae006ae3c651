// Reads a `.env` file as the Node package dotenv (16) does, oddities included:
// a file that served the reference must mean the same here. Lines that are no
// assignment are passed over in silence, as there. Pure; the caller reads the
// file.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

struct env_assignment {
  std::string name;
  std::string value;
  /// Where the name stands, from 1.
  std::size_t line = 1;
};

/// In the order of the file; of equal names the last one counts.
std::vector<env_assignment> parse_env_file(std::string_view content);

} // namespace signalbox
