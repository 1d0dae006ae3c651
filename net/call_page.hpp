// The demo of examples/call, which the node serves in development: built into
// the binary.

#pragma once

#include "net/http_routes.hpp"

#include <string_view>

namespace signalbox {

/// `path` starts with `/call/`. 404 if there is no such file.
http_answer call_page(std::string_view path);

} // namespace signalbox
