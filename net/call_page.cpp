#include "net/call_page.hpp"

#include "call_page_assets.hpp"

namespace signalbox {

http_answer call_page(std::string_view path) {
  if (const auto* x = find_asset(call_page_assets, "/call/", path))
    return {.content_type = x->content_type, .body = std::string{x->content}};
  return {.status = 404, .body = "Not Found"};
}

} // namespace signalbox
