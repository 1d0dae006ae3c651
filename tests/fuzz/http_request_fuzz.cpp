// Bytes of a connection as pipelined requests: found, parsed and read in the
// steps of net/http_connection, which are repeated here, as that class needs a
// socket and a shard. Then each request goes through net/upgrade.

#include "tests/fuzz/request_properties.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <iterator>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

namespace http = boost::beast::http;
using request = http::request<http::empty_body>;

constexpr std::size_t header_bytes_max = 16 * 1024;
constexpr std::string_view header_end = "\r\n\r\n";

std::string_view view_of(boost::beast::string_view x) {
  return {x.data(), x.size()};
}

std::string all_of(const request& found, boost::beast::string_view name) {
  std::string result;
  auto [i, end] = found.equal_range(name);
  for (; i != end; ++i) {
    if (!result.empty())
      result += ", ";
    result += view_of(i->value());
  }
  return result;
}

bool may_be_request(std::string_view input) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto method = input.substr(0,
                                   std::min(input.find(' '), std::size_t{32}));
  return std::all_of(method.begin(), method.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
  });
}

void hold_header(const request& found) {
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

void read(const request& found, bool has_body) {
  hold_header(found);
  const auto subprotocols = all_of(found, "Sec-WebSocket-Protocol");
  const auto forwarded_for = all_of(found, "X-Forwarded-For");
  const auto forwarded_proto = all_of(found, "X-Forwarded-Proto");
  request_view view;
  view.method = view_of(found.method_string());
  view.target = view_of(found.target());
  view.host = view_of(found[http::field::host]);
  view.origin = view_of(found[http::field::origin]);
  view.has_origin = found.find(http::field::origin) != found.end();
  view.subprotocols = subprotocols;
  view.x_forwarded_for = forwarded_for;
  view.x_forwarded_proto = forwarded_proto;
  view.is_upgrade = !has_body && boost::beast::websocket::is_upgrade(found);
  view.peer = ip_address::from_v4({10, 0, 0, 1});
  fuzz::hold_request(view);
}

/// Takes one request off `input`; false if the connection is over.
bool take_request(std::string_view& input) {
  const auto end = input.find(header_end);
  if (!may_be_request(input) || end == std::string_view::npos)
    return false;
  const auto size = end + header_end.size();
  if (size > header_bytes_max)
    return false;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_bytes_max);
  boost::beast::error_code error;
  const auto used = parser.put(boost::asio::buffer(input.data(), size), error);
  hold(used <= size, "no more is used than was given");
  if ((error && error != http::error::unexpected_body)
      || !parser.is_header_done())
    return false;
  // Else the same bytes would be read as a request for ever.
  hold(used > 0, "a request uses up its bytes");
  hold(used == size, "a request ends where its header was seen to end");
  input.remove_prefix(used);
  const auto has_body = error || parser.chunked()
                        || parser.content_length().value_or(0) > 0;
  const auto found = parser.release();
  read(found, has_body);
  return found.keep_alive() && !has_body;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Production waits for a header's end; here it comes at once.
  const auto all = std::string{fuzz::text_of(data, size)} + "\r\n\r\n";
  std::string_view input = all;
  while (!input.empty() && take_request(input))
    continue;
  return 0;
}
