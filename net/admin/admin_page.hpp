// The operator's page: net/admin/page and dygraphs, built into the binary.
// Holds no secret and no figure, so who asks is not checked here: what the page
// shows comes from the API, which does check.

#pragma once

#include "net/http_answer.hpp"

#include <optional>
#include <string_view>

namespace signalbox {

/// `path`, without a query, starts with `/admin/`, which is the page itself.
/// Nothing if there is no such file. The answer carries the headers that bind
/// the page to its own origin. Any thread.
std::optional<http_answer> admin_page(std::string_view path);

} // namespace signalbox
