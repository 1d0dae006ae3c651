// What the commands but `top` do: one question to a node, or a few, and what is
// printed of the answer.

#pragma once

#include "net/console/admin_client.hpp"
#include "net/console/arguments.hpp"

namespace signalbox::console {

/// The exit code. Prints on stdout what was asked for, on stderr what is wrong.
/// REQUIRES: the command is not `top`.
int run_command(const console_options& options, admin_client& client);

} // namespace signalbox::console
