#include "net/http_request.hpp"

#include "conf/value.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

http_answer bad_request(std::string_view why) {
  return {.status = 400, .body = "Bad Request: " + std::string{why}};
}

bool may_be_request(std::string_view input) noexcept {
  const auto method = input.substr(0,
                                   std::min(input.find(' '), std::size_t{32}));
  return input.empty()
         || (!method.empty()
             && std::all_of(method.begin(), method.end(), is_token_character));
}

/// The lines that every request is judged by. Each look at a header by its name
/// goes through a tree and compares texts, so here, and in `upgrade_view`, one
/// walk takes the place of several.
struct known_lines {
  std::size_t transfer_encodings = 0;
  std::size_t hosts = 0;
  std::size_t connections = 0;
  std::size_t upgrades = 0;
  std::size_t versions = 0;
  request_reader::upgrade_lines first;

  explicit known_lines(const http_request& request) {
    for (const auto& x : request) {
      const auto value = view_of(x.value());
      switch (x.name()) {
        case http::field::transfer_encoding:
          ++transfer_encodings;
          break;
        case http::field::host:
          ++hosts;
          break;
        case http::field::connection:
          note(first.connection, connections, value);
          break;
        case http::field::upgrade:
          note(first.upgrade, upgrades, value);
          break;
        case http::field::sec_websocket_version:
          note(first.version, versions, value);
          break;
        case http::field::sec_websocket_key:
          note(first.key, first.keys, value);
          break;
        default:
          break;
      }
    }
  }

private:
  static void note(std::string_view& first, std::size_t& count,
                   std::string_view value) noexcept {
    if (count++ == 0)
      first = value;
  }
};

/// RFC 9110 §5.6.1, in any case.
bool has_token(std::string_view list, std::string_view token) {
  return http::token_list{{list.data(), list.size()}}.exists(
    {token.data(), token.size()});
}

/// So that no reader after us sees half of it.
void join_lines(http_request& request, http::field name) {
  std::string storage;
  const auto joined = all_of(request, view_of(http::to_string(name)), storage);
  request.set(name, boost::beast::string_view{joined.data(), joined.size()});
}

/// One more value of a header, as `all_of` joins them.
void add_line(std::string_view& all, std::string_view line,
              std::string& storage) {
  if (!all.data()) {
    all = line;
    return;
  }
  if (storage.empty())
    storage = all;
  if (!storage.empty())
    storage += ", ";
  storage += line;
  all = storage;
}

/// RFC 4648 §4 of 16 bytes.
bool is_key(std::string_view text) noexcept {
  return text.size() == 24 && text.ends_with("==")
         && std::all_of(text.begin(), text.end() - 2, [](char c) {
              return is_letter_or_digit(c) || c == '+' || c == '/';
            });
}

} // namespace

std::string_view all_of(const http_request& request, std::string_view name,
                        std::string& storage) {
  std::string_view all;
  auto [i, end] = request.equal_range({name.data(), name.size()});
  for (; i != end; ++i)
    add_line(all, view_of(i->value()), storage);
  return all;
}

request_view upgrade_view(const http_request& request, joined_headers& joined) {
  request_view view;
  view.target = view_of(request.target());
  for (const auto& x : request) {
    const auto value = view_of(x.value());
    switch (x.name()) {
      case http::field::origin:
        if (!std::exchange(view.has_origin, true))
          view.origin = value;
        break;
      case http::field::authorization:
        if (!view.authorization.data())
          view.authorization = value;
        break;
      case http::field::sec_websocket_protocol:
        add_line(view.subprotocols, value, joined.subprotocols);
        break;
      case http::field::unknown:
        if (iequals(x.name_string(), "X-Forwarded-For"))
          add_line(view.x_forwarded_for, value, joined.forwarded_for);
        else if (iequals(x.name_string(), "X-Forwarded-Proto"))
          add_line(view.x_forwarded_proto, value, joined.forwarded_proto);
        break;
      default:
        break;
    }
  }
  return view;
}

bool is_upgrade(const request_reader::request& request) {
  return request.header.version() >= 11
         && request.header.method() == http::verb::get
         && has_token(request.upgrade.connection, "upgrade")
         && has_token(request.upgrade.upgrade, "websocket");
}

std::optional<http_answer>
upgrade_error(const request_reader::request& request) {
  if (request.upgrade.version != "13")
    return http_answer{
      .status = 426,
      .body = "Upgrade Required: expected Sec-WebSocket-Version 13",
      .headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
  if (request.upgrade.keys != 1 || !is_key(request.upgrade.key))
    return bad_request("expected one Sec-WebSocket-Key of 16 bytes in base64");
  return std::nullopt;
}

void request_reader::append(std::string_view bytes) {
  input_.erase(0, begin_);
  line_ -= begin_;
  searched_ -= begin_;
  begin_ = 0;
  input_ += bytes;
}

std::string request_reader::take_rest() {
  input_.erase(0, begin_);
  begin_ = line_ = searched_ = 0;
  return std::exchange(input_, {});
}

std::optional<std::string> request_reader::take_body(std::size_t size) {
  if (!has(size))
    return std::nullopt;
  auto body = input_.substr(begin_, size);
  begin_ = line_ = searched_ = begin_ + size;
  return body;
}

std::variant<request_reader::nothing, request_reader::request, http_answer>
request_reader::next() {
  // One empty line may precede a request (RFC 9112 §2.2).
  if (!is_line_skipped_ && input_.compare(begin_, 2, "\r\n") == 0) {
    is_line_skipped_ = true;
    begin_ = line_ = searched_ = begin_ + 2;
  }
  if (const auto all = std::string_view{input_}.substr(begin_);
      all != "\r" && !may_be_request(all))
    return bad_request("expected an HTTP request line");
  for (;;) {
    const auto feed = input_.find('\n', searched_);
    const auto end = feed == std::string::npos ? input_.size() : feed + 1;
    if (end - begin_ > header_bytes_max)
      return http_answer{.status = 431,
                         .body =
                           "Request Header Fields Too Large: expected at "
                           "most 16 KiB"};
    searched_ = end;
    if (feed == std::string::npos)
      return nothing{};
    // Beast would wait for what it takes for the rest of the line.
    if (feed == line_ || input_[feed - 1] != '\r')
      return bad_request("expected lines that end in CR LF");
    const auto is_empty = feed == line_ + 1;
    line_ = end;
    if (is_empty)
      return parse(end);
  }
}

std::variant<request_reader::nothing, request_reader::request, http_answer>
request_reader::parse(std::size_t end) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_bytes_max);
  // A body is not this parser's affair, however long it is.
  parser.body_limit(boost::none);
  boost::beast::error_code ec;
  parser.put(boost::asio::buffer(input_.data() + begin_, end - begin_), ec);
  // What is there ends like a header, and need not be one.
  if ((ec && ec != http::error::unexpected_body) || !parser.is_header_done())
    return bad_request(ec.message());
  begin_ = end;
  is_line_skipped_ = false;
  request result;
  const auto parser_says_chunked = parser.chunked();
  result.has_body = ec || parser_says_chunked
                    || parser.content_length().value_or(0) > 0;
  if (parser_says_chunked)
    result.body_bytes = std::nullopt;
  else
    result.body_bytes = parser.content_length().value_or(0);
  result.header = parser.release();
  // Without `chunked` at its end nobody knows where the body ends (RFC 9112
  // §6.3).
  known_lines lines{result.header};
  if (lines.transfer_encodings > 0 && !parser_says_chunked)
    return bad_request("expected a Transfer-Encoding that ends in chunked");
  if (lines.hosts > 1 || (lines.hosts == 0 && result.header.version() >= 11))
    return bad_request("expected one Host");
  if (lines.connections > 1)
    join_lines(result.header, http::field::connection);
  if (lines.upgrades > 1)
    join_lines(result.header, http::field::upgrade);
  if (lines.connections > 1 || lines.upgrades > 1)
    lines = known_lines{result.header};
  result.upgrade = lines.first;
  return result;
}

} // namespace signalbox
