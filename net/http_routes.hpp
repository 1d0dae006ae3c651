// What the plain HTTP endpoints answer. Never waits: readiness and figures are
// read from memory. Any thread.

#pragma once

#include "actors/home.hpp"
#include "net/upgrade.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

/// An answer without its framing.
struct http_answer {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  /// More header lines, each with its CRLF.
  std::string_view headers = {};
};

class http_routes {
public:
  /// `homes`: those of all shards; they outlive this.
  http_routes(const node_state& node, std::vector<const home*> homes);

  /// `where` is not `upgrade`. `path` is the target without its query.
  http_answer answer(route where, std::string_view path) const;

private:
  const node_state& node_;
  const std::vector<const home*> homes_;
};

/// The answer as bytes. `is_head`: without its body (RFC 9110 §9.3.2).
std::string to_bytes(const http_answer& answer, bool is_head, bool keep_alive);

} // namespace signalbox
