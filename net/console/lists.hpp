// Sessions, rooms and actors as tables, and one of them in full. Everything in
// them is escaped. Pure.

#pragma once

#include "net/console/admin_json.hpp"
#include "net/console/arguments.hpp"

#include <string>
#include <vector>

namespace signalbox::console {

/// The rows of a list of `which` (sessions, rooms, actors), under titles.
std::vector<std::string> render_list(command which, const json& items);

/// The kinds of actors.
std::vector<std::string> render_kinds(const json& by_kind);

/// One session, room or actor: a line each for what is one value, then a table
/// each for its events, members, messages by type and handling times.
std::vector<std::string> render_one(const json& thing);

} // namespace signalbox::console
