// The table as text for people: --help, --print-config, the sample file and the
// README. Pure.

#pragma once

#include <string>

#include "conf/settings.hpp"

namespace signalbox {

/// `--help`: flags by group, at most 80 columns.
std::string render_help();

/// The values in force as TOML that --config takes again, each with its origin;
/// what must not be shown, and what has no value, as a comment.
std::string render_config(const options& settings,
                          const chosen_settings& chosen);

/// conf/signalbox.toml: every option, commented out, at its default.
std::string render_sample();

/// The README's table, in Markdown.
std::string render_markdown();

} // namespace signalbox
