#include "net/call_page.hpp"

#include "call_page_assets.hpp"

namespace signalbox {

http_answer call_page(std::string_view path) {
  auto name = path.substr(std::string_view{"/call/"}.size());
  if (name.empty())
    name = "index.html";
  for (const auto& x : call_page_assets)
    if (x.name == name)
      return {.content_type = x.content_type, .body = std::string{x.content}};
  return {.status = 404, .body = "Not Found"};
}

} // namespace signalbox
