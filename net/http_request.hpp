// HTTP requests, cut out of what a connection has sent, and what makes one a
// WebSocket upgrade. No socket, no clock. Source: RFC 9112 §2.2, §3.2 and §6;
// RFC 6455 §4.2.1 for the upgrade.

#pragma once

#include "net/http_answer.hpp"
#include "net/upgrade.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace signalbox {

/// `Connection` and `Upgrade` are one field each, however many lines they were.
using http_request =
  boost::beast::http::request<boost::beast::http::empty_body>;

/// Beast's views are Boost's.
inline std::string_view view_of(boost::beast::string_view x) noexcept {
  return {x.data(), x.size()};
}

/// All values of a header, joined as RFC 9110 §5.3 allows. `storage` is used
/// only if there are several.
std::string_view all_of(const http_request& request, std::string_view name,
                        std::string& storage);

/// Where headers that were given several times are joined.
struct joined_headers {
  std::string subprotocols;
  std::string forwarded_for;
  std::string forwarded_proto;
};

/// What decides about an upgrade, but for the peer. The view points into both.
request_view upgrade_view(const http_request& request, joined_headers& joined);

/// Takes bytes as they come, and gives requests. Garbage is refused at its
/// first bytes, not when a header would have ended; a slow header costs no
/// repeated work.
class request_reader {
public:
  /// Of the request line and all headers together.
  static constexpr std::size_t header_bytes_max = 16 * 1024;

  /// What makes a request one for a WebSocket: the first line of each name. The
  /// views point into the request, also when it is moved.
  struct upgrade_lines {
    std::string_view connection;
    std::string_view upgrade;
    std::string_view version;
    std::string_view key;
    std::size_t keys = 0;
  };

  struct request {
    request() = default;
    request(request&&) = default;
    request& operator=(request&&) = default;

    http_request header;
    upgrade_lines upgrade;
    /// Unless `take_body` takes it: what follows a body that nobody reads could
    /// not be told from it, so it is the last request of its connection.
    bool has_body = false;
    /// Nothing if only the body itself says where it ends (`chunked`).
    std::optional<std::uint64_t> body_bytes = 0;
  };

  /// There is no whole request yet.
  struct nothing {};

  void append(std::string_view bytes);

  /// The next request; or nothing; or the answer to what is none, after which
  /// there is no use in asking again.
  std::variant<nothing, request, http_answer> next();

  /// The next `size` bytes, the body of the request that `next` gave last;
  /// nothing if they are not all there yet.
  std::optional<std::string> take_body(std::size_t size);

  /// Whether so many bytes follow what was taken.
  bool has(std::size_t size) const noexcept {
    return input_.size() - begin_ >= size;
  }

  /// Whether there are bytes that `next` has not looked at.
  bool may_have_more() const noexcept { return searched_ < input_.size(); }

  /// What follows the last request.
  std::string take_rest();

private:
  std::variant<nothing, request, http_answer> parse(std::size_t end);

  std::string input_;
  // Where the request in hand begins, and its last line; and up to where whole
  // lines were looked for.
  std::size_t begin_ = 0;
  std::size_t line_ = 0;
  std::size_t searched_ = 0;
  bool is_line_skipped_ = false;
};

/// Whether it asks for a WebSocket (RFC 6455 §4.1, items 1 to 6).
bool is_upgrade(const request_reader::request& request);

/// What to say to a request for an upgrade that RFC 6455 does not allow.
std::optional<http_answer>
upgrade_error(const request_reader::request& request);

} // namespace signalbox
