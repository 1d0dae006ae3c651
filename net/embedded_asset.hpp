// A file that was built into the binary by net/assets.cmake.

#pragma once

#include <string_view>

namespace signalbox {

struct embedded_asset {
  /// Without its folder.
  std::string_view name;
  std::string_view content_type;
  std::string_view content;
};

/// The asset that `path`, which starts with `folder`, names; the folder itself
/// is its index.html. Null if there is none.
template <class Assets>
const embedded_asset* find_asset(const Assets& assets, std::string_view folder,
                                 std::string_view path) {
  auto name = path.substr(folder.size());
  if (name.empty())
    name = "index.html";
  for (const embedded_asset& x : assets)
    if (x.name == name)
      return &x;
  return nullptr;
}

} // namespace signalbox
