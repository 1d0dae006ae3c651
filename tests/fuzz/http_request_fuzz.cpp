// Bytes of a connection as pipelined requests: found, parsed and judged by
// net/http_request, in two pieces. Then each request goes through net/upgrade.

#include "net/http_request.hpp"
#include "tests/fuzz/request_properties.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

namespace http = boost::beast::http;

std::string_view view_of(boost::beast::string_view x) {
  return {x.data(), x.size()};
}

void hold_header(const http_request& found) {
  for (const auto& field : found) {
    const auto value = view_of(field.value());
    hold(value.find_first_of(std::string_view{"\r\n\0", 3})
           == std::string_view::npos,
         "a header's value is one line");
  }
  const auto target = view_of(found.target());
  hold(!target.empty()
         && target.find_first_of(" \t\r\n") == std::string_view::npos,
       "a target is one word");
}

void read(const request_reader::request& request) {
  const auto& found = request.header;
  hold_header(found);
  hold(found.count(http::field::host) <= 1, "there is one Host at most");
  hold(is_upgrade(request) == boost::beast::websocket::is_upgrade(found),
       "an upgrade is what Beast takes for one");
  hold(request.upgrade.key == view_of(found[http::field::sec_websocket_key])
         && request.upgrade.keys == found.count(http::field::sec_websocket_key),
       "the key is the first one");
  hold(request.upgrade.version
         == view_of(found[http::field::sec_websocket_version]),
       "the version is the first one");
  fuzz::hold_route(view_of(found.method_string()), view_of(found.target()),
                   !request.has_body && is_upgrade(request));
  joined_headers joined;
  auto view = upgrade_view(found, joined);
  view.peer = ip_address::from_v4({10, 0, 0, 1});
  fuzz::hold_decisions(view);
}

struct reading {
  std::size_t requests = 0;
  /// What came was refused: nobody asks such a reader again.
  bool is_over = false;
};

/// Requests until there is none whole.
void read_all(request_reader& reader, reading& so_far) {
  while (!so_far.is_over) {
    auto found = reader.next();
    so_far.is_over = std::holds_alternative<http_answer>(found);
    auto* request = std::get_if<request_reader::request>(&found);
    if (!request)
      return;
    read(*request);
    ++so_far.requests;
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Production waits for a header's end; here it comes at once.
  const auto all = std::string{fuzz::text_of(data, size)} + "\r\n\r\n";
  request_reader whole;
  reading at_once;
  whole.append(all);
  read_all(whole, at_once);
  request_reader pieces;
  reading in_two;
  pieces.append(std::string_view{all}.substr(0, all.size() / 2));
  read_all(pieces, in_two);
  pieces.append(std::string_view{all}.substr(all.size() / 2));
  read_all(pieces, in_two);
  hold(in_two.requests == at_once.requests && in_two.is_over == at_once.is_over,
       "pieces are read as the whole is");
  return 0;
}
