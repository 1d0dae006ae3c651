// Settings as the user gave them, before they become `options`: which option,
// by which name, from where. What is wrong with one is said in these words.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/table.hpp"

namespace signalbox {

/// A later one wins over an earlier one.
enum class setting_source : std::uint8_t { file, env_file, environment, flag };

struct setting {
  const option_entry* entry = nullptr;
  setting_source source = setting_source::file;
  /// As the user wrote it: `WS_PORT`, `--port`, `port`.
  std::string written;
  /// The file and its line; empty for flags and the environment.
  std::string place;
  std::string text;
};

/// `WS_PORT=abc (environment)`, `port = abc (signalbox.toml:3)`; masked.
std::string describe(const setting& x);

/// `environment WS_PORT`, `file signalbox.toml:3`, for --print-config.
std::string origin_of(const setting& x);

/// `WHAT: expected WHAT ELSE`.
std::string complaint(const setting& x, std::string_view expected);

/// The setting in force of each option that has one.
class chosen_settings {
public:
  /// Keeps `x` unless a setting from a stronger source is there. An empty one
  /// counts as not given.
  void choose(setting x);

  /// By the option's name; nullptr if it has its default.
  const setting* find(std::string_view name) const;

  /// Reads all into `result`, in the table's order; what cannot be read is
  /// added to `errors`.
  void apply(options& result, std::vector<std::string>& errors) const;

private:
  std::map<std::string_view, setting> by_name_;
};

} // namespace signalbox
