// Reads the file of --config: TOML 1.0, flat, keys as in conf/signalbox.toml.
// Unknown keys and wrong types are errors, each with its line. Pure; the caller
// reads the file.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.hpp"

namespace signalbox {

struct toml_result {
  std::vector<setting> settings;
  std::vector<std::string> errors;
};

/// `path` is what messages call the file.
toml_result parse_toml_file(std::string_view content, std::string_view path);

} // namespace signalbox
