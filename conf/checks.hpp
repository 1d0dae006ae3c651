// What is wrong, unwise or not yet possible with settings taken together; each
// alone was read by the table before. Messages name settings as the user wrote
// them. Pure, but for `unreadable_files`, which looks.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.hpp"

namespace signalbox {

/// Contradictions: each stops the start.
std::vector<std::string> contradictions(const options& settings,
                                        const chosen_settings& chosen);

/// Files of keys and certificates that cannot be opened: each stops the start.
/// What they hold is for whoever uses them.
std::vector<std::string> unreadable_files(const options& settings,
                                          const chosen_settings& chosen);

/// Worth a log line each; none holds a secret's value.
std::vector<std::string> advice(const options& settings,
                                const chosen_settings& chosen);

/// Whether `secret` is one that examples and templates are full of: one of a
/// short list of words, a short number, or text that says it is to be changed.
bool is_placeholder(std::string_view secret);

} // namespace signalbox
