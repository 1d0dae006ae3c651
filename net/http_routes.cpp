#include "net/http_routes.hpp"

#include "net/call_page.hpp"
#include "net/metrics/metrics_page.hpp"

namespace signalbox {

http_routes::http_routes(const node_state& node, std::vector<const home*> homes)
  : node_(node), homes_(std::move(homes)), overview_(node, homes_) {
  // nop
}

http_answer http_routes::answer(route where, std::string_view path) const {
  switch (where) {
    case route::healthz:
      return {.body = "ok"};
    case route::readyz:
      if (node_.is_ready())
        return {.body = "ready"};
      return {.status = 503, .body = "not-ready"};
    case route::metrics:
      return {.content_type = metrics_content_type,
              .body = metrics_page(node_, homes_)};
    case route::call_page:
      if (node_.settings.node_env == environment::development)
        return call_page(path);
      break;
    case route::admin:
    case route::upgrade:
    case route::none:
      break;
  }
  return {.status = 426,
          .body = "Upgrade Required",
          .headers = "Upgrade: websocket\r\n"};
}

} // namespace signalbox
