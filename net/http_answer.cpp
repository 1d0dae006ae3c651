#include "net/http_answer.hpp"

#include <boost/beast/http/status.hpp>

namespace signalbox {

std::string head_of(const http_answer& answer, bool keep_alive) {
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
  return result;
}

std::string to_bytes(const http_answer& answer, bool is_head, bool keep_alive) {
  auto result = head_of(answer, keep_alive);
  if (!is_head)
    result += answer.body;
  return result;
}

} // namespace signalbox
