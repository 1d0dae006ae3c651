// What a node answered, as JSON that is looked at carefully: texts in it were
// made by clients, and a member may be missing or of another kind. Nothing here
// throws on input.

#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace signalbox::console {

/// Keeps members in the order in which they came.
using json = nlohmann::ordered_json;

/// One JSON value nested at most 32 levels deep (the outermost is the first);
/// nothing if `text` is anything else. Its size is bounded by that of `text`.
std::optional<json> read_json(std::string_view text);

/// One line of ASCII: nothing in it can speak to a terminal.
std::string line_of(const json& value);

/// The member of this name; null if there is none, or `value` is no object.
const json& member(const json& value, std::string_view name);

/// The elements, if it is an array; else none.
const json& elements(const json& value);

/// A member's text as it is, empty if it is none: not for a terminal.
std::string text_of(const json& value, std::string_view name);

/// A member's number, if it is one.
std::optional<double> number_of(const json& value, std::string_view name);

/// The same, 0 if it is none.
double figure_of(const json& value, std::string_view name);

bool is_true(const json& value, std::string_view name);

} // namespace signalbox::console
