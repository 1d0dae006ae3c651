#include "net/http_connection.hpp"

#include "conf/log.hpp"
#include "net/admin/json_answer.hpp"
#include "net/upgrade.hpp"

#include <sys/epoll.h>

namespace signalbox {

namespace {

// How often one event reads a full buffer that is thrown away.
constexpr int discards_per_event_max = 4;

/// Of an answer, written in one turn: more would hold up the sessions.
constexpr std::size_t slice_bytes_max = 64 * 1024;

/// For an answer, and a client that goes on reading it.
constexpr std::chrono::seconds reading_time_max{60};

/// Of an answer that is a refusal.
handshake_outcome outcome_of(unsigned status) noexcept {
  switch (status) {
    case 426:
      return handshake_outcome::wrong_version;
    case 431:
      return handshake_outcome::header_too_large;
    case 503:
      return handshake_outcome::node_full;
    default:
      return handshake_outcome::bad_request;
  }
}

log::limiter preface_log{std::chrono::milliseconds{1000}};
log::limiter handshake_log{std::chrono::milliseconds{1000}};

} // namespace

http_connection::http_connection(gateway& owner, descriptor socket,
                                 const ip_address& peer, bool is_operations)
  : owner_(owner),
    socket_(owner.where(), std::move(socket)),
    preface_(is_operations
               ? connection_preface{peer}
               : connection_preface{peer, owner.at().settings, owner.tls()}),
    is_operations_(is_operations),
    accepted_(owner.at().turn_start) {
  owner_.link(*this);
  owner_.at().figures.handshakes.add();
  owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  if (socket_.watch(*this) != 0)
    drop();
}

http_connection::~http_connection() = default;

void http_connection::drop() {
  end_admin();
  socket_.close();
  leave();
}

// Out of the gateway's list; somebody may still hold an event for it.
void http_connection::leave() {
  owner_.unlink(*this);
  owner_.at().figures.handshakes.subtract();
  owner_.at().wheel.cancel(*this);
  if (is_to_be_called_again_)
    owner_.where().forget(*this);
  owner_.where().bury(std::unique_ptr<event_source>{this});
}

void http_connection::expired() {
  if (phase_ == phase::watching)
    return send_line();
  if (phase_ == phase::answer)
    return take_answer(no_answer());
  if (is_being_read())
    return owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  // Between two requests, or after the last one, a client may well be silent.
  if (!has_answered_)
    owner_.at().figures.count_handshake(handshake_outcome::timeout);
  drop();
}

// Whether the client has read some of the answer since the last look.
bool http_connection::is_being_read() noexcept {
  const auto unread = unread_bytes();
  const auto before = std::exchange(unread_before_, unread);
  return unread > 0 && unread < before
         && owner_.at().turn_start < reading_ends_;
}

// -- input --------------------------------------------------------------------

void http_connection::on_event(std::uint32_t events) {
  if (!socket_.is_open())
    return;
  if (events == 0)
    is_to_be_called_again_ = false;
  socket_.note(events);
  if (events & EPOLLOUT)
    socket_.flush();
  switch (phase_) {
    case phase::requests:
    case phase::body:
      return take_up_layer();
    case phase::answer:
      return;
    case phase::writing:
      return write_slice();
    case phase::watching:
    case phase::ending:
      return discard_input();
  }
}

void http_connection::take_up_layer() {
  switch (preface_.take_up(socket_)) {
    case connection_preface::outcome::over:
      return take_up();
    case connection_preface::outcome::waiting:
      return;
    case connection_preface::outcome::no_header:
      owner_.at().figures.count_handshake(handshake_outcome::no_proxy_header);
      if (auto line = preface_log.try_acquire(owner_.at().turn_start);
          line.is_granted)
        log::warn("net", "trusted proxy sent no PROXY header",
                  {{"peer", preface_.peer().to_string()},
                   {"suppressed_lines", line.suppressed}});
      return drop();
    case connection_preface::outcome::ended:
      return drop();
  }
}

// One request an event, however many came at once, so that the others have
// their turns; and none before the client has read the last answer.
void http_connection::take_up() {
  if (socket_.unsent_bytes() > 0)
    return;
  if (!handle_input() && socket_.is_readable() && receive())
    handle_input();
  look_for_more();
}

void http_connection::look_for_more() {
  if (!socket_.is_open())
    return;
  const auto is_reading = phase_ == phase::requests || phase_ == phase::body;
  const auto has_more = phase_ == phase::requests && reader_.may_have_more();
  if (has_more || (is_reading && socket_.is_readable()))
    call_again();
}

// True if something was made of it.
bool http_connection::handle_input() {
  return phase_ == phase::body ? take_body() : handle_request();
}

// False if there was nothing.
bool http_connection::receive() {
  const auto input = socket_.receive();
  reader_.append({input.data(), input.size()});
  if (!input.empty())
    return true;
  if (socket_.has_ended()) {
    note_handshake_failure();
    drop();
  }
  return false;
}

void http_connection::note_handshake_failure() {
  const auto reason = socket_.handshake_failure();
  if (reason.empty())
    return;
  owner_.at().figures.count_handshake(handshake_outcome::tls_failure);
  if (auto line = handshake_log.try_acquire(owner_.at().turn_start);
      line.is_granted)
    log::info("net", "TLS handshake failed",
              {{"reason", reason},
               {"peer", preface_.peer().to_string()},
               {"suppressed_lines", line.suppressed}});
}

// -- requests -----------------------------------------------------------------

// True if there was a request, or something that is none.
bool http_connection::handle_request() {
  auto found = reader_.next();
  if (auto* request = std::get_if<request_reader::request>(&found))
    answer_request(std::move(*request));
  else if (auto* refusal = std::get_if<http_answer>(&found))
    refuse(*refusal);
  else
    return false;
  return true;
}

void http_connection::answer_request(request_reader::request request) {
  const auto& header = request.header;
  const auto method = view_of(header.method_string());
  const auto target = view_of(header.target());
  const auto where = route_of(method, target,
                              !is_operations_ && !request.has_body
                                && is_upgrade(request));
  if (where == route::upgrade)
    return begin_upgrade(request);
  if (where == route::admin)
    return begin_admin(std::move(request));
  // In HTTP/1.0 whoever wants it must be told; nobody needs it there.
  const auto keep_alive = header.version() >= 11 && header.keep_alive()
                          && !request.has_body;
  reply(owner_.routes().answer(where, path_of(target)), method == "HEAD",
        keep_alive);
}

void http_connection::reply(http_answer answer, bool is_head, bool keep_alive) {
  reading_ends_ = owner_.at().turn_start + reading_time_max;
  if (is_head || answer.body.size() <= slice_bytes_max) {
    send(to_bytes(answer, is_head, keep_alive));
    return end_reply(keep_alive);
  }
  send(head_of(answer, keep_alive));
  rest_ = std::make_unique<rest_of_answer>();
  rest_->body = std::move(answer.body);
  rest_->keep_alive = keep_alive;
  phase_ = phase::writing;
  unread_before_ = unread_bytes();
  owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  write_slice();
}

// The next one, if the kernel has taken all so far and the turn has time for
// it.
void http_connection::write_slice() {
  if (socket_.unsent_bytes() > 0)
    return;
  const turn_share::use time{owner_.at().telling, owner_.at().turn_start};
  if (time.is_too_late())
    return call_again();
  const auto slice = std::string_view{rest_->body}.substr(rest_->written,
                                                          slice_bytes_max);
  rest_->written += slice.size();
  send(slice);
  if (rest_->written < rest_->body.size()) {
    if (socket_.unsent_bytes() == 0)
      call_again();
    return;
  }
  const auto keep_alive = rest_->keep_alive;
  rest_ = nullptr;
  phase_ = phase::requests;
  end_reply(keep_alive);
  look_for_more();
}

void http_connection::end_reply(bool keep_alive) {
  unread_before_ = unread_bytes();
  if (!keep_alive)
    end_after_output();
  else if (socket_.is_open())
    owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
}

// Of what was answered.
std::size_t http_connection::unread_bytes() const noexcept {
  const auto unwritten = rest_ ? rest_->body.size() - rest_->written : 0;
  return socket_.unsent_bytes() + unwritten;
}

// -- output -------------------------------------------------------------------

void http_connection::refuse(const http_answer& answer) {
  owner_.at().figures.count_handshake(outcome_of(answer.status));
  send(to_bytes(answer, false, false));
  end_after_output();
}

void http_connection::send(std::string_view bytes) {
  has_answered_ = true;
  socket_.append(bytes);
  socket_.flush();
}

// The client may still be sending, so: no more output, and input thrown away
// until the client closes or the time is over.
void http_connection::end_after_output() {
  if (!socket_.is_open())
    return;
  phase_ = phase::ending;
  owner_.at().schedule(*this, owner_.at().settings.handshake_timeout);
  socket_.shut_down_output();
  discard_input();
}

void http_connection::discard_input() {
  for (int i = 0; i < discards_per_event_max; ++i)
    if (socket_.is_readable() && !socket_.has_ended())
      socket_.discard();
  // A client that has closed its side still gets the rest of the answer.
  if (!socket_.has_ended()) {
    if (socket_.is_readable())
      call_again();
  } else if (is_watching() || socket_.end() != 0
             || socket_.unsent_bytes() == 0) {
    drop();
  }
}

void http_connection::call_again() {
  if (std::exchange(is_to_be_called_again_, true))
    return;
  owner_.where().call_again(*this);
}

} // namespace signalbox
