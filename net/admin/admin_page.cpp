#include "net/admin/admin_page.hpp"

#include "admin_page_assets.hpp"

namespace signalbox {

namespace {

// Scripts and styles of files only: a text that a client made up would still do
// nothing if it ever became markup. Nobody frames the page, as a click on
// "Kick" could then be had by deceit.
constexpr std::string_view headers =
  "Content-Security-Policy: default-src 'none'; script-src 'self'; "
  "style-src 'self'; img-src 'self' data:; connect-src 'self'; "
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
  "Referrer-Policy: no-referrer\r\n"
  "X-Frame-Options: DENY\r\n";

} // namespace

std::optional<http_answer> admin_page(std::string_view path) {
  const auto* x = find_asset(admin_page_assets, "/admin/", path);
  if (!x)
    return std::nullopt;
  return http_answer{.content_type = x->content_type,
                     .body = std::string{x->content},
                     .headers = headers};
}

} // namespace signalbox
