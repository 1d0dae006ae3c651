// What to try, for whoever has started a node in a terminal.

#pragma once

#include <cstdint>
#include <string>

namespace signalbox {

/// In one piece: the log is written by another thread.
std::string greeting(std::uint16_t port, bool is_tls);

} // namespace signalbox
