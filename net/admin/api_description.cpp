#include "net/admin/api_description.hpp"

#include "admin_api_assets.hpp"

namespace signalbox {

std::string_view api_description() noexcept {
  return admin_api_assets[0].content;
}

} // namespace signalbox
