// The one table of the console: its commands, their flags, and where each value
// goes. Parser and help are made from it. Pure.

#pragma once

#include "net/console/arguments.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace signalbox::console {

enum class operand_rule : std::uint8_t { none, may_be, must_be };

struct command_entry {
  command which;
  std::string_view name;
  operand_rule rule;
  std::string_view operand;
  std::string_view help;
};

/// In the order of the help.
std::span<const command_entry> all_commands() noexcept;

const command_entry& entry_of(command which);

/// Exactly one of the members is where the value goes.
struct flag_entry {
  std::string_view name;
  /// Bits of the commands that take it.
  unsigned commands;
  /// Empty = it takes none.
  std::string_view value;
  std::string_view help;
  std::string console_options::*text = nullptr;
  bool console_options::*truth = nullptr;
  std::chrono::milliseconds console_options::*time = nullptr;
  std::optional<std::size_t> console_options::*count = nullptr;
};

std::span<const flag_entry> all_flags() noexcept;

/// Whether `which` takes `flag`.
bool takes(command which, const flag_entry& flag) noexcept;

/// The flag of this name that `which` takes; null if there is none.
const flag_entry* flag_named(command which, std::string_view name) noexcept;

} // namespace signalbox::console
