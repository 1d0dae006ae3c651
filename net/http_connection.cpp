#include "net/http_connection.hpp"

#include "conf/log.hpp"
#include "net/upgrade.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace signalbox {

namespace {

namespace http = boost::beast::http;

// Answers to pipelined requests that a client does not read.
constexpr std::size_t output_bytes_max = 1024 * 1024;

// RFC 9110 §5.6.2.
bool is_token_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c >= '0' && c <= '9')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c)
              != std::string_view::npos;
}

// Whether `input` can be the beginning of a request: what is not is refused at
// its first bytes, not when the header would have ended.
bool may_be_request(std::string_view input) noexcept {
  const auto method = input.substr(0,
                                   std::min(input.find(' '), std::size_t{32}));
  return std::all_of(method.begin(), method.end(), is_token_character);
}

std::string_view view_of(boost::beast::string_view x) noexcept {
  return {x.data(), x.size()};
}

// All values of a header, joined as RFC 9110 §5.3 allows. `storage` is used
// only if there are several.
std::string_view all_of(const upgrade_request& request, std::string_view name,
                        std::string& storage) {
  auto [i, end] = request.equal_range({name.data(), name.size()});
  if (i == end)
    return {};
  if (std::next(i) == end)
    return view_of(i->value());
  for (; i != end; ++i) {
    if (!storage.empty())
      storage += ", ";
    storage += view_of(i->value());
  }
  return storage;
}

log::limiter refusal_log{std::chrono::milliseconds{1000}};

} // namespace

http_connection::http_connection(gateway& owner, descriptor socket,
                                 const ip_address& peer, bool is_operations)
  : owner_(owner),
    socket_(std::move(socket)),
    peer_(peer),
    is_operations_(is_operations),
    accepted_(owner.at().turn_start) {
  owner_.link(*this);
  owner_.at().figures.handshakes.add();
  owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  if (owner_.where().watch(socket_.get(), *this) != 0)
    drop();
}

http_connection::~http_connection() = default;

void http_connection::drop() {
  socket_.close();
  leave();
}

// Out of the gateway's list; somebody may still hold an event for it.
void http_connection::leave() {
  owner_.unlink(*this);
  owner_.at().figures.handshakes.subtract();
  owner_.at().wheel.cancel(*this);
  owner_.where().bury(std::unique_ptr<event_source>{this});
}

void http_connection::expired() {
  owner_.at().figures.handshake_timeouts.add();
  drop();
}

// -- input --------------------------------------------------------------------

void http_connection::on_event(std::uint32_t events) {
  if (!socket_.is_open())
    return;
  if (events & EPOLLOUT)
    write_out();
  if (!socket_.is_open())
    return;
  if (is_ending_)
    discard_input();
  else
    read_input((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

// `is_hung_up`: epoll has told of the input's end, and will not again.
void http_connection::read_input(bool is_hung_up) {
  auto* buffer = owner_.where().read_buffer();
  while (socket_.is_open() && !is_ending_) {
    const auto size = ::recv(socket_.get(), buffer, shard::buffer_bytes, 0);
    if (size > 0) {
      input_.append(buffer, static_cast<std::size_t>(size));
      handle_requests();
    } else if (size < 0 && errno == EINTR) {
      continue;
    } else if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return;
    } else {
      return drop();
    }
    // Less than asked for: the socket is empty (epoll(7), Q9).
    if (static_cast<std::size_t>(size) < shard::buffer_bytes && !is_hung_up)
      return;
  }
}

void http_connection::handle_requests() {
  while (socket_.is_open() && !is_ending_ && !input_.empty())
    if (!handle_request())
      return;
}

// One request at the front of `input_`. False if it is not complete, or if this
// connection is over.
bool http_connection::handle_request() {
  if (!may_be_request(input_)) {
    refuse(400, "Bad Request: expected an HTTP request line");
    return false;
  }
  const auto from = searched_ < 3 ? 0 : searched_ - 3;
  const auto end = input_.find("\r\n\r\n", from);
  searched_ = input_.size();
  const auto size = end == std::string::npos ? input_.size() : end + 4;
  if (size > header_bytes_max) {
    refuse(431, "Request Header Fields Too Large: expected at most 16 KiB");
    return false;
  }
  if (end == std::string::npos)
    return false;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_bytes_max);
  boost::beast::error_code ec;
  const auto used = parser.put(boost::asio::buffer(input_.data(), size), ec);
  // What is there ends like a header, and need not be one.
  if ((ec && ec != http::error::unexpected_body) || !parser.is_header_done()) {
    refuse(400, "Bad Request: " + ec.message());
    return false;
  }
  input_.erase(0, used);
  searched_ = 0;
  const auto has_body = ec || parser.chunked()
                        || parser.content_length().value_or(0) > 0;
  return answer_request(parser.release(), has_body);
}

bool http_connection::answer_request(upgrade_request request, bool has_body) {
  const auto method = view_of(request.method_string());
  const auto target = view_of(request.target());
  const auto is_upgrade = !is_operations_ && !has_body
                          && boost::beast::websocket::is_upgrade(request);
  const auto where = route_of(method, target, is_upgrade);
  if (where == route::upgrade) {
    begin_upgrade(std::move(request));
    return false;
  }
  // We read no body, so what follows it could not be told from it.
  const auto keep_alive = request.keep_alive() && !has_body;
  send(to_bytes(owner_.routes().answer(where, path_of(target)),
                method == "HEAD", keep_alive));
  if (!keep_alive)
    end_after_output();
  else if (socket_.is_open())
    owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  return keep_alive;
}

// -- upgrade ------------------------------------------------------------------

void http_connection::begin_upgrade(upgrade_request request) {
  auto& at = owner_.at();
  if (request["Sec-WebSocket-Version"] != "13")
    return refuse(426, "Upgrade Required: expected Sec-WebSocket-Version 13",
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  auto place = connection_place::try_take(at.node);
  if (!place)
    return refuse(503, "Service Unavailable: MAX_CONNECTIONS is reached",
                  "Retry-After: 5\r\n");
  std::string subprotocols, forwarded_for, forwarded_proto;
  request_view view;
  view.method = view_of(request.method_string());
  view.target = view_of(request.target());
  view.host = view_of(request[http::field::host]);
  view.origin = view_of(request[http::field::origin]);
  view.has_origin = request.find(http::field::origin) != request.end();
  view.subprotocols = all_of(request, "Sec-WebSocket-Protocol", subprotocols);
  view.x_forwarded_for = all_of(request, "X-Forwarded-For", forwarded_for);
  view.x_forwarded_proto = all_of(request, "X-Forwarded-Proto",
                                  forwarded_proto);
  view.is_upgrade = true;
  view.peer = peer_;
  auto decision = decide_upgrade(view, at.settings);
  // Cheap refusals of the whole node come before what the request says.
  auto [limit, lease] = at.node.addresses.admit(decision.client,
                                                at.now_seconds());
  if (at.node.is_draining)
    decision.refusal = ec::draining;
  else if (limit != ec::none)
    decision.refusal = limit;
  if (decision.refusal != ec::none)
    if (auto line = refusal_log.try_acquire(at.turn_start); line.is_granted)
      log::info("net", "session refused",
                {{"reason", name_of(decision.refusal)},
                 {"client", decision.client.to_string()},
                 {"suppressed_lines", line.suppressed}});
  newcomer who;
  who.socket = std::move(socket_);
  who.request = std::make_unique<upgrade_request>(std::move(request));
  who.early = std::move(input_);
  who.subprotocol = std::move(decision.subprotocol);
  who.start.room = std::move(decision.room_id);
  who.start.talks = decision.session_dialect;
  who.start.refusal = decision.refusal;
  who.start.client = decision.client;
  who.start.lease = std::move(lease);
  who.start.place = std::move(place);
  leave();
  owner_.pass_on(std::move(who));
}

// -- output -------------------------------------------------------------------

void http_connection::refuse(unsigned status, std::string_view body,
                             std::string_view headers) {
  send(
    to_bytes({.status = status, .body = std::string{body}, .headers = headers},
             false, false));
  end_after_output();
}

void http_connection::send(std::string bytes) {
  output_ += bytes;
  write_out();
  if (output_.size() - sent_ > output_bytes_max)
    drop();
}

void http_connection::write_out() {
  while (socket_.is_open() && sent_ < output_.size()) {
    const auto size = ::send(socket_.get(), output_.data() + sent_,
                             output_.size() - sent_, MSG_NOSIGNAL);
    if (size >= 0)
      sent_ += static_cast<std::size_t>(size);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      return;
    else if (errno != EINTR)
      return drop();
  }
  output_.clear();
  sent_ = 0;
  if (is_ending_ && socket_.is_open())
    ::shutdown(socket_.get(), SHUT_WR);
}

// The client may still be sending: closing now would reset the connection, and
// it would never see the answer (RFC 9112 §9.6). So: no more output, and input
// thrown away until the client closes or the time is over.
void http_connection::end_after_output() {
  if (!socket_.is_open())
    return;
  is_ending_ = true;
  input_.clear();
  owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  if (output_.empty())
    ::shutdown(socket_.get(), SHUT_WR);
  discard_input();
}

void http_connection::discard_input() {
  auto* buffer = owner_.where().read_buffer();
  // Bounded for a client that sends faster than we read.
  for (int i = 0; i < 16; ++i) {
    const auto size = ::recv(socket_.get(), buffer, shard::buffer_bytes, 0);
    if (size > 0 || (size < 0 && errno == EINTR))
      continue;
    if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
      drop();
    return;
  }
  drop();
}

} // namespace signalbox
