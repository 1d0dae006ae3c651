// The one table of everything that can be configured. Flags, environment, TOML
// keys, --help, --print-config, the sample file and the README's table are all
// read from it: an option exists once, here, bound to its field in `options`.
// Built once, never changed, read by any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/options.hpp"

namespace signalbox {

enum class option_kind : std::uint8_t { integer, boolean, text, list };

struct option_entry {
  /// The environment variable, e.g. `ROOM_CAPACITY`.
  std::string_view name;
  /// The reference's other name for it; empty for most. Environment only.
  std::string_view alias;
  std::string_view group;
  /// One or two sentences, no line breaks.
  std::string_view help;
  /// What happens without a value ("no second port"); empty if there is a
  /// default.
  std::string_view when_unset;
  /// A sensible value to show where there is no default.
  std::string_view example;
  /// What a value must be, to follow the word "expected".
  std::string expected;
  option_kind kind = option_kind::text;
  bool is_secret = false;
  /// Of integers.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// Reads `text` (never empty) into the field. Returns what was expected if
  /// it cannot be read (the field is then unchanged), an empty text otherwise.
  std::function<std::string(std::string_view text, options&)> read;
  /// The field's value in the form `read` takes; empty if there is none. Holds
  /// secrets in clear.
  std::function<std::string(const options&)> print;
};

/// In the order of protocol, help and sample file.
const std::vector<option_entry>& table();

/// Nothing if there is no such name (aliases are not looked at).
const option_entry* find_entry(std::string_view name);

/// `--room-capacity` for `ROOM_CAPACITY`.
std::string flag_of(const option_entry& entry);

/// `room_capacity` for `ROOM_CAPACITY`; the keys of the TOML file are flat.
std::string key_of(const option_entry& entry);

/// As `print` on fresh options: what is in force if nobody says anything.
std::string default_of(const option_entry& entry);

/// `text` in the form it may be shown in: secrets and passwords in URLs are
/// masked.
std::string masked(const option_entry& entry, std::string_view text);

} // namespace signalbox
