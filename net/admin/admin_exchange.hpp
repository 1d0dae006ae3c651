// What a connection remembers of an admin's request until it is answered. For
// the connection's shard only.

#pragma once

#include "net/admin/admin_inquiry.hpp"
#include "net/admin/admin_request.hpp"
#include "net/admin/stream_backlog.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace signalbox {

class http_connection;

/// Where an answer goes that others are asked for: null once the connection is
/// gone, or waits for it no longer.
struct admin_receiver {
  http_connection* connection = nullptr;
};

struct admin_exchange {
  std::string path;
  std::string query;
  /// Who asks, for the log.
  std::string from;
  bool is_head = false;
  bool keep_alive = false;
  /// Otherwise a stream ends with its connection (HTTP/1.0).
  bool is_chunked = false;
  std::size_t body_bytes = 0;
  std::chrono::milliseconds interval{};
  stream_backlog backlog;
  /// While an answer is on its way.
  std::shared_ptr<admin_receiver> receiver;
};

} // namespace signalbox
