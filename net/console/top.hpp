// `signalbox top`: asks again and again, and draws what comes. A node that goes
// away is said to be away, with what was seen last, and found again.

#pragma once

#include "net/console/admin_client.hpp"
#include "net/console/arguments.hpp"

namespace signalbox::console {

/// Until it is told to end. The exit code: 1 if the first answer is none.
/// Throws std::system_error if the terminal is gone.
int run_top(const console_options& options, admin_client& client);

} // namespace signalbox::console
