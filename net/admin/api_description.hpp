// The OpenAPI document of the admin API, built into the binary.

#pragma once

#include <string_view>

namespace signalbox {

std::string_view api_description() noexcept;

} // namespace signalbox
