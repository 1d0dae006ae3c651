// What is answered to an HTTP request, and its bytes. Source: RFC 9112 §4,
// RFC 9110, RFC 6455 §4.2.2.

#pragma once

#include <string>
#include <string_view>

namespace signalbox {

/// An answer without its framing.
struct http_answer {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  /// More header lines, each with its CRLF.
  std::string_view headers = {};
};

/// What stands before its body.
std::string head_of(const http_answer& answer, bool keep_alive);

/// The answer as bytes. `is_head`: without its body (RFC 9110 §9.3.2).
std::string to_bytes(const http_answer& answer, bool is_head, bool keep_alive);

/// The answer that opens a WebSocket (RFC 6455 §4.2.2), as bytes. `key`: of the
/// request's Sec-WebSocket-Key; `subprotocol`: the one to echo, empty = none.
std::string upgrade_bytes(std::string_view key, std::string_view subprotocol);

} // namespace signalbox
