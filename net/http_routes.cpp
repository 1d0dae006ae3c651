#include "net/http_routes.hpp"

#include "net/call_page.hpp"
#include "net/metrics_page.hpp"

#include <boost/beast/http/status.hpp>

namespace signalbox {

http_routes::http_routes(const node_state& node, std::vector<const home*> homes)
  : node_(node), homes_(std::move(homes)) {
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

std::string to_bytes(const http_answer& answer, bool is_head, bool keep_alive) {
  namespace http = boost::beast::http;
  std::string result = "HTTP/1.1 ";
  result += std::to_string(answer.status);
  result += ' ';
  result += std::string_view{
    http::obsolete_reason(static_cast<http::status>(answer.status))};
  result += "\r\nServer: signalbox\r\nContent-Type: ";
  result += answer.content_type;
  result += "\r\nContent-Length: ";
  result += std::to_string(answer.body.size());
  result +=
    "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  result += answer.headers;
  // A 426 names the upgrade in Connection too (RFC 9110 §7.8).
  if (answer.status == 426)
    result += keep_alive ? "Connection: upgrade\r\n"
                         : "Connection: upgrade, close\r\n";
  else if (!keep_alive)
    result += "Connection: close\r\n";
  result += "\r\n";
  if (!is_head)
    result += answer.body;
  return result;
}

} // namespace signalbox
