#include "net/websocket_session.hpp"

#include "net/borrowed_buffer.hpp"
#include "net/frame_stream.hpp"
#include "schema/frames.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace signalbox {

namespace {

namespace websocket = boost::beast::websocket;
using boost::beast::error_code;

/// In Beast's words: a close frame without a code, answered with the same.
constexpr std::uint16_t no_code = websocket::close_code::none;

/// What to answer a client's close frame with (RFC 6455 §7.4): the same, if it
/// is one that a client may send. Beast has seen to those below 3000.
std::uint16_t answer_to_close(std::uint16_t code) noexcept {
  constexpr std::uint16_t codes_end = 5000;
  if (code >= codes_end)
    return websocket::close_code::protocol_error;
  return code;
}

/// What to close with after bytes that are no WebSocket; none if that is not
/// what went wrong.
std::uint16_t code_of_violation(error_code ec) noexcept {
  using websocket::close_code;
  if (ec == websocket::error::message_too_big)
    return close_code::too_big;
  if (ec == websocket::error::bad_frame_payload
      || ec == websocket::error::bad_close_payload)
    return close_code::bad_payload;
  if (ec == websocket::condition::protocol_violation)
    return close_code::protocol_error;
  return no_code;
}

/// The request that Beast accepts when it joins an open connection.
const websocket::request_type& any_upgrade() {
  static const auto request = [] {
    using boost::beast::http::field;
    websocket::request_type result{boost::beast::http::verb::get, "/", 11};
    result.set(field::host, "localhost");
    result.set(field::connection, "upgrade");
    result.set(field::upgrade, "websocket");
    result.set(field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    result.set(field::sec_websocket_version, "13");
    return result;
  }();
  return request;
}

/// A session whose port is a WebSocket on a shard's stream. Beast joins it when
/// something comes that is no plain frame; most sessions never need it, and it
/// takes a quarter of what an idle one costs.
///
/// Who owns whom: the actor owns the stream by value, and Beast, which refers
/// to the stream; that owns its one pending read, which points back here;
/// `alive_` is the reference that "the socket is open" holds on the actor.
/// `shut` undoes this in that order.
class websocket_session final : public session,
                                public event_source,
                                private frame_stream::receiver {
public:
  websocket_session(caf::actor_config& config, home& where, shard& on,
                    session_start start, connected_socket socket,
                    std::string early)
    : session(config, where, std::move(start)),
      shard_(on),
      socket_(std::move(socket), std::move(early)) {
    // nop
  }

  /// Answers the upgrade; or closes the socket if it cannot be watched.
  void start(std::string_view answer) {
    alive_ = caf::strong_actor_ptr{ctrl()};
    if (socket_.watch(*this) != 0)
      return shut();
    socket_.append(answer);
    opened();
  }

  void on_event(std::uint32_t events) override {
    if (!socket_.is_open())
      return;
    socket_.take_up(events, *this);
    if (!socket_.is_open())
      return;
    if (socket_.is_lingering() && socket_.has_input_ended())
      return shut();
    // Nobody waits for the keys of one who has left, nor for its seat.
    if (!is_reading_ && socket_.is_deserted())
      return shut();
    event_over();
  }

  void drop() override { shut(); }

protected:
  void write(std::string_view frames) override { socket_.append(frames); }

  std::size_t unsent_bytes() const noexcept override {
    return socket_.unsent_bytes();
  }

  std::size_t flush() override {
    socket_.flush();
    return socket_.unsent_bytes();
  }

  void write_close(close_reason reason) override {
    write_last(close_frame(reason.code, reason.reason));
  }

  void start_reading() override {
    if (is_reading_ || !socket_.is_open())
      return;
    is_reading_ = true;
    socket_.start_input(*this, home_.settings.message_max_bytes);
    socket_.take_up_soon(*this);
  }

private:
  using beast_stream = websocket::stream<frame_stream&, false>;

  // What Beast calls when an operation of ours is done.
  struct completion {
    using executor_type = shard_executor;

    websocket_session* self;

    executor_type get_executor() const noexcept {
      return executor_type{self->shard_};
    }
    void operator()(error_code ec) const { self->on_joined(ec); }
    void operator()(error_code ec, std::size_t size) const {
      self->on_read(ec, size);
    }
  };

  // Hot path: once per message, unless Beast is needed.
  void on_plain_message(std::string_view text) override { receive(text); }

  void on_plain_pong() override { pong_received(); }

  void on_plain_close(std::uint16_t code) override { answer_close(code); }

  void on_other_input() override {
    if (!beast_)
      let_beast_join();
    if (socket_.is_open())
      read_next();
  }

  void on_input_end() override { shut(); }

  // Beast knows no open connection that it has not accepted: it accepts one
  // whose answer nobody hears, as the client has had ours.
  void let_beast_join() {
    beast_ = std::make_unique<beast_stream>(socket_);
    beast_->read_message_max(home_.settings.message_max_bytes);
    beast_->control_callback(
      [this](websocket::frame_type kind, boost::beast::string_view) {
        if (kind == websocket::frame_type::pong)
          pong_received();
      });
    socket_.unheard([this] {
      beast_->async_accept(any_upgrade(), completion{this});
      shard_.run_immediates();
    });
  }

  void on_joined(error_code ec) {
    if (ec)
      end(ec::internal);
  }

  void read_next() {
    beast_->async_read_some(boost::asio::mutable_buffer{shard_.message_buffer(),
                                                        shard::buffer_bytes},
                            completion{this});
  }

  // What is fragmented, not ASCII, or did not come in one piece.
  void on_read(error_code ec, std::size_t size) {
    if (!socket_.is_open())
      return;
    if (ec)
      return on_read_failed(ec);
    const std::string_view piece{shard_.message_buffer(), size};
    if (is_closing()) {
      partial_.reset();
    } else if (beast_->is_message_done()) {
      if (!partial_) {
        receive(piece);
      } else {
        partial_->append(piece);
        receive(*partial_);
        partial_.reset();
      }
    } else if (size > 0) {
      if (!partial_)
        partial_ = std::make_unique<std::string>();
      partial_->append(piece);
    }
    // Else the next read begins when there is something for it.
    if (!socket_.is_between_messages())
      read_next();
  }

  void on_read_failed(error_code ec) {
    const auto code = code_of_violation(ec);
    if (is_closing())
      return code == no_code ? shut() : socket_.linger();
    if (ec == websocket::error::closed)
      return answer_close(answer_to_close(beast_->reason().code));
    if (code == no_code)
      return shut();
    write_last(close_frame(code));
    broken();
    // The client may still be sending: it must not lose the frame to a reset.
    socket_.linger();
  }

  // The client has closed.
  void answer_close(std::uint16_t code) {
    if (!is_closing())
      write_last(close_frame(code));
    shut();
  }

  void write_last(std::string_view frame) {
    socket_.append(frame);
    socket_.end_output();
  }

  // Idempotent. The order is that of the class comment: the room hears what
  // was received and the leave; then the last bytes go out; then the socket,
  // with its pending read; and the actor when the turn is over.
  void shut() {
    if (!socket_.is_open())
      return;
    closed();
    shard_.bury(std::move(alive_));
    socket_.close(*this);
    partial_.reset();
  }

  shard& shard_;
  bool is_reading_ = false;
  frame_stream socket_;
  std::unique_ptr<beast_stream> beast_;
  std::unique_ptr<std::string> partial_;
  caf::strong_actor_ptr alive_;
};

} // namespace

void open_session(caf::actor_system& system, shard& where, home& at,
                  newcomer who) {
  auto handle = spawn_at<websocket_session>(
    system, at, where, std::move(who.start),
    connected_socket{where, std::move(who.socket)}, std::move(who.early));
  auto* self = static_cast<websocket_session*>(
    caf::actor_cast<caf::abstract_actor*>(handle));
  self->start(who.answer);
}

} // namespace signalbox
