#include "net/http_request.hpp"

#include <catch2/catch.hpp>

#include <variant>

using namespace signalbox;

namespace {

/// What a reader said, in short: `-`, `GET /target`, or `400 why`.
std::string said(request_reader& reader) {
  auto found = reader.next();
  if (auto* answer = std::get_if<http_answer>(&found))
    return std::to_string(answer->status) + ' ' + answer->body;
  if (auto* request = std::get_if<request_reader::request>(&found))
    return std::string{request->header.method_string()} + ' '
           + std::string{request->header.target()}
           + (request->has_body ? " with a body" : "");
  return "-";
}

std::string said_to(std::string_view bytes) {
  request_reader reader;
  reader.append(bytes);
  return said(reader);
}

request_reader::request request_of(std::string_view bytes) {
  request_reader reader;
  reader.append(bytes);
  return std::get<request_reader::request>(reader.next());
}

http_request parsed(std::string_view bytes) {
  return request_of(bytes).header;
}

std::string get(std::string_view headers) {
  return "GET / HTTP/1.1\r\n" + std::string{headers} + "\r\n";
}

http_request upgrade_with(std::string_view headers) {
  return parsed(get("Host: x\r\n" + std::string{headers}));
}

constexpr std::string_view bad_line =
  "400 Bad Request: expected an HTTP request line";
constexpr std::string_view bad_line_end =
  "400 Bad Request: expected lines that end in CR LF";
constexpr std::string_view bad_host = "400 Bad Request: expected one Host";

} // namespace

TEST_CASE("request reader: a request comes out when it is there whole",
          "[http_request]") {
  const auto bytes = get("Host: x\r\n");
  request_reader reader;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    reader.append(bytes.substr(i, 1));
    REQUIRE(said(reader) == "-");
    REQUIRE_FALSE(reader.may_have_more());
  }
  reader.append("\n");
  CHECK(said(reader) == "GET /");
  CHECK(said(reader) == "-");
}

TEST_CASE("request reader: requests come one by one, the rest stays",
          "[http_request]") {
  request_reader reader;
  reader.append(
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    "GET /b HTTP/1.1\r\nHost: x\r\n\r\nrest");
  CHECK(said(reader) == "GET /a");
  CHECK(reader.may_have_more());
  CHECK(said(reader) == "GET /b");
  reader.append(" and more");
  CHECK(reader.take_rest() == "rest and more");
  CHECK_FALSE(reader.may_have_more());
}

TEST_CASE("request reader: one empty line before a request is none",
          "[http_request]") {
  request_reader reader;
  reader.append("\r");
  CHECK(said(reader) == "-");
  reader.append("\n" + get("Host: x\r\n") + "\r\n" + get("Host: x\r\n"));
  CHECK(said(reader) == "GET /");
  CHECK(said(reader) == "GET /");
  CHECK(said_to("\r\n\r\n") == bad_line);
}

TEST_CASE("request reader: garbage is refused at its first bytes",
          "[http_request]") {
  for (const std::string_view bytes :
       {std::string_view{"\0", 1}, std::string_view{"\x16\x03\x01"},
        std::string_view{"GET\t/"}, std::string_view{" "},
        std::string_view{"{\"type\""}})
    CHECK(said_to(bytes) == bad_line);
}

TEST_CASE("request reader: a line that ends in LF alone is refused at once",
          "[http_request]") {
  CHECK(said_to("GET / HTTP/1.1\n") == bad_line_end);
  CHECK(said_to("GET / HTTP/1.1\r\nHost: x\n") == bad_line_end);
  CHECK(said_to("GET / HTTP/1.1\r\nHost: x\r\n\n") == bad_line_end);
}

TEST_CASE("request reader: a header may have 16 KiB and no byte more",
          "[http_request]") {
  const auto with_size = [](std::size_t size) {
    const auto rest = get("Host: x\r\nPad: \r\n").size();
    return get("Host: x\r\nPad: " + std::string(size - rest, 'x') + "\r\n");
  };
  constexpr auto max = request_reader::header_bytes_max;
  constexpr std::string_view too_large =
    "431 Request Header Fields Too Large: expected at most 16 KiB";
  CHECK(said_to(with_size(max)) == "GET /");
  CHECK(said_to(with_size(max + 1)) == too_large);
  CHECK(said_to(std::string(max + 1, 'x')) == too_large);
  // It is the header that has a limit, not what came with it.
  CHECK(said_to(get("Host: x\r\n") + std::string(max, 'x')) == "GET /");
}

TEST_CASE("request reader: exactly one Host, in HTTP/1.0 at most one",
          "[http_request]") {
  CHECK(said_to(get("Host: x\r\n")) == "GET /");
  CHECK(said_to(get("")) == bad_host);
  CHECK(said_to(get("Host: x\r\nHost: x\r\n")) == bad_host);
  CHECK(said_to("GET / HTTP/1.0\r\n\r\n") == "GET /");
  CHECK(said_to("GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n") == bad_host);
}

TEST_CASE("request reader: it tells of a body", "[http_request]") {
  CHECK(said_to(get("Host: x\r\nContent-Length: 0\r\n")) == "GET /");
  CHECK(said_to(get("Host: x\r\nContent-Length: 5\r\n") + "hello")
        == "GET / with a body");
  CHECK(said_to(get("Host: x\r\nContent-Length: 1000000000000\r\n"))
        == "GET / with a body");
  CHECK(said_to(get("Host: x\r\nTransfer-Encoding: chunked\r\n"))
        == "GET / with a body");
  for (const std::string coding : {"gzip", "chunked, gzip"})
    CHECK(said_to(get("Host: x\r\nTransfer-Encoding: " + coding + "\r\n"))
          == "400 Bad Request: expected a Transfer-Encoding that ends in "
             "chunked");
}

TEST_CASE("request reader: a header in several lines is one",
          "[http_request]") {
  const auto request =
    parsed(get("Host: x\r\nConnection: keep-alive\r\n"
               "Upgrade: a\r\nConnection: Upgrade\r\n"
               "Upgrade: websocket\r\nX: 1\r\nX: 2\r\n"));
  CHECK(request["Connection"] == "keep-alive, Upgrade");
  CHECK(request.count("Connection") == 1);
  CHECK(request["Upgrade"] == "a, websocket");
  CHECK(request.count("X") == 2);
  std::string storage;
  CHECK(all_of(request, "X", storage) == "1, 2");
  CHECK(all_of(request, "Host", storage) == "x");
  CHECK(all_of(request, "Y", storage).empty());
}

TEST_CASE("upgrade: it is asked for by GET, HTTP/1.1 and two headers",
          "[http_request]") {
  const auto is_asked_for = [](std::string_view request_line,
                               std::string_view headers) {
    return is_upgrade(request_of(std::string{request_line} + "\r\nHost: x\r\n"
                                 + std::string{headers} + "\r\n"));
  };
  constexpr std::string_view get = "GET / HTTP/1.1";
  constexpr std::string_view both =
    "Connection: Upgrade\r\n"
    "Upgrade: websocket\r\n";
  CHECK(is_asked_for(get, both));
  CHECK_FALSE(is_asked_for("POST / HTTP/1.1", both));
  CHECK_FALSE(is_asked_for("GET / HTTP/1.0", both));
  CHECK_FALSE(is_asked_for(get, ""));
  CHECK_FALSE(is_asked_for(get, "Connection: Upgrade\r\n"));
  CHECK_FALSE(is_asked_for(get, "Upgrade: websocket\r\n"));
  CHECK_FALSE(is_asked_for(get,
                           "Connection: Upgrades\r\n"
                           "Upgrade: websocket\r\n"));
  CHECK_FALSE(is_asked_for(get, "Connection: Upgrade\r\nUpgrade: h2c\r\n"));
  CHECK(is_asked_for(get,
                     "CONNECTION: keep-alive, UPGRADE\r\n"
                     "upgrade: h2c, WebSocket\r\n"));
  CHECK(is_asked_for(get,
                     "Connection: keep-alive\r\nUpgrade: h2c\r\n"
                     "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
}

TEST_CASE("upgrade: what was found in a request moves with it",
          "[http_request]") {
  auto request =
    request_of(get("Host: x\r\nConnection: a\r\n"
                   "Connection: Upgrade\r\n"
                   "Upgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Version: 8\r\n"
                   "Sec-WebSocket-Key: one\r\n"
                   "Sec-WebSocket-Key: two\r\n"));
  const auto moved = std::move(request);
  CHECK(moved.upgrade.connection == "a, Upgrade");
  CHECK(moved.upgrade.upgrade == "websocket");
  CHECK(moved.upgrade.version == "13");
  CHECK(moved.upgrade.key == "one");
  CHECK(moved.upgrade.keys == 2);
}

TEST_CASE("upgrade: version 13 and a key of 16 bytes, nothing else",
          "[http_request]") {
  constexpr std::string_view version = "Sec-WebSocket-Version: 13\r\n";
  const auto status = [&](std::string_view headers) {
    const auto request = request_of(get("Host: x\r\n" + std::string{headers}));
    const auto error = upgrade_error(request);
    return error ? error->status : 0;
  };
  const auto with_key = [&](std::string_view key) {
    return status(std::string{version}
                  + "Sec-WebSocket-Key: " + std::string{key} + "\r\n");
  };
  constexpr std::string_view good = "dGhlIHNhbXBsZSBub25jZQ==";
  CHECK(with_key(good) == 0);
  CHECK(with_key("AAAAAAAAAAAAAAAAAAAAA+/==") == 400);
  CHECK(with_key("AAAAAAAAAAAAAAAAAAAA+/==") == 0);
  CHECK(with_key("short") == 400);
  CHECK(with_key("") == 400);
  CHECK(with_key("dGhlIHNhbXBsZSBub25jZQ=") == 400);
  CHECK(with_key("dGhlIHNhbXBsZSBub25jZQ===") == 400);
  CHECK(with_key("dGhlIHNhbXBsZSBub25jZQAA") == 400);
  CHECK(with_key("dGhlIHNhbXBsZSBub25j-_==") == 400);
  CHECK(with_key("dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: "
                 "dGhlIHNhbXBsZSBub25jZQ==")
        == 400);
  CHECK(status(version) == 400);
  CHECK(status("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") == 426);
  CHECK(status("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
               "dGhlIHNhbXBsZSBub25jZQ==\r\n")
        == 426);
}

// -- bodies -------------------------------------------------------------------

TEST_CASE("http_request: a body is taken, and the next request follows",
          "[http_request]") {
  request_reader reader;
  reader.append("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  const auto first = std::get<request_reader::request>(reader.next());
  CHECK(first.has_body);
  CHECK(first.body_bytes == 5);
  CHECK_FALSE(reader.take_body(5));
  reader.append("lloGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(reader.take_body(5) == "hello");
  CHECK(said(reader) == "GET /b");
  CHECK(reader.take_body(0) == "");
  CHECK(said(reader) == "-");
}

TEST_CASE("http_request: how long a body is, as far as the header says",
          "[http_request]") {
  const auto bytes_of = [](std::string_view header) {
    request_reader reader;
    reader.append("POST / HTTP/1.1\r\nHost: x\r\n");
    reader.append(header);
    reader.append("\r\n");
    return std::get<request_reader::request>(reader.next()).body_bytes;
  };
  CHECK(bytes_of("") == 0);
  CHECK(bytes_of("Content-Length: 0\r\n") == 0);
  CHECK(bytes_of("Content-Length: 4096\r\n") == 4096);
  CHECK(bytes_of("Content-Length: 18446744073709551615\r\n")
        == 18446744073709551615u);
  CHECK(bytes_of("Transfer-Encoding: chunked\r\n") == std::nullopt);
}

TEST_CASE("upgrade view: lines of one header are one list, in any case",
          "[http_request]") {
  const auto request = upgrade_with(
    "X-Forwarded-For: 1.1.1.1\r\n"
    "Sec-WebSocket-Protocol: a, b\r\n"
    "x-forwarded-PROTO: http\r\n"
    "x-forwarded-for: 2.2.2.2, 3.3.3.3\r\n"
    "SEC-WEBSOCKET-PROTOCOL: c\r\n"
    "X-Forwarded-Proto: https\r\n"
    "X-FORWARDED-FOR: 4.4.4.4\r\n");
  joined_headers joined;
  const auto view = upgrade_view(request, joined);
  CHECK(view.target == "/");
  CHECK(view.x_forwarded_for == "1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4");
  CHECK(view.x_forwarded_proto == "http, https");
  CHECK(view.subprotocols == "a, b, c");
  CHECK_FALSE(view.has_origin);
  CHECK(view.origin.empty());
  CHECK(view.authorization.empty());
}

TEST_CASE("upgrade view: an empty line is an element only behind another",
          "[http_request]") {
  const auto forwarded_for = [](std::string_view headers) {
    joined_headers joined;
    const auto request = upgrade_with(headers);
    return std::string{upgrade_view(request, joined).x_forwarded_for};
  };
  CHECK(forwarded_for("X-Forwarded-For:\r\n").empty());
  CHECK(forwarded_for("X-Forwarded-For:\r\nX-Forwarded-For:\r\n").empty());
  CHECK(forwarded_for("X-Forwarded-For:\r\nX-Forwarded-For: a\r\n") == "a");
  CHECK(forwarded_for("X-Forwarded-For: a\r\nX-Forwarded-For:\r\n") == "a, ");
  CHECK(forwarded_for("X-Forwarded-For: a\r\nX-Forwarded-For:\r\n"
                      "X-Forwarded-For: b\r\n")
        == "a, , b");
}

TEST_CASE("upgrade view: of two origins, or authorizations, the first counts",
          "[http_request]") {
  for (const std::string first : {"", "a"}) {
    const auto request = upgrade_with("Origin: " + first
                                      + "\r\nOrigin: b\r\nAuthorization: "
                                      + first + "\r\nAuthorization: b\r\n");
    joined_headers joined;
    const auto view = upgrade_view(request, joined);
    CHECK(view.has_origin);
    CHECK(view.origin == first);
    CHECK(view.authorization == first);
  }
}
