// A shard's stream as Beast's WebSocket sees it. Plain frames, nearly all of
// the input, never reach Beast: they go to the session from where they were
// read, and Beast reads only while it has something to read, so that an idle
// session holds no operation of it, mostly not even a Beast. Beast's close
// frames never leave: the session writes all of them itself, as the codes are
// ours (protocol.md §3, RFC 6455 §7.4.1).

#pragma once

#include "net/client_frames.hpp"
#include "net/shard_stream.hpp"

#include <boost/beast/core/role.hpp>

namespace signalbox {

class frame_stream final : public shard_stream {
public:
  class receiver {
  public:
    virtual void on_plain_message(std::string_view text) = 0;

    virtual void on_plain_pong() = 0;

    /// `code`: 0 if there is none.
    virtual void on_plain_close(std::uint16_t code) = 0;

    /// There is something else: Beast is to begin a read.
    virtual void on_other_input() = 0;

    /// No more will come, and no read is there to tell it to.
    virtual void on_input_end() = 0;

  protected:
    ~receiver() = default;
  };

  using shard_stream::shard_stream;

  /// Takes input from now on. Plain messages have at most `bytes_max`; longer
  /// ones are Beast's to refuse.
  void start_input(receiver& to, std::size_t bytes_max) noexcept {
    receiver_ = &to;
    plain_bytes_max_ = bytes_max;
  }

  /// Whether Beast has got, and done with, all of what it was given: it holds
  /// neither a part of a frame nor of a message.
  bool is_between_messages() const noexcept {
    return tracker_.is_between_messages();
  }

  /// While `begin` runs, what is written is thrown away: for an answer that
  /// the client has had already.
  template <class F>
  void unheard(F begin) {
    is_unheard_ = true;
    begin();
    is_unheard_ = false;
  }

  template <class ConstBuffers, class Handler>
  void async_write_some(const ConstBuffers& buffers, Handler&& handler) {
    if (is_unheard_ || begins_close_frame(buffers))
      boost::asio::post(get_executor(),
                        [h = std::forward<Handler>(handler),
                         size = boost::asio::buffer_size(buffers)]() mutable {
                          h(boost::system::error_code{}, size);
                        });
    else
      shard_stream::async_write_some(buffers, std::forward<Handler>(handler));
  }

protected:
  bool takes_input() const noexcept override {
    return shard_stream::takes_input()
           || (receiver_ && is_open() && !is_lingering());
  }

  void read_wanted() override {
    if (receiver_)
      receiver_->on_other_input();
  }

  void end_seen() override {
    if (receiver_)
      receiver_->on_input_end();
  }

  std::size_t intercept(std::span<char> input) override {
    std::size_t used = 0;
    while (receiver_ && is_open() && is_between_messages()) {
      const auto frame = read_plain_frame(input.subspan(used),
                                          plain_bytes_max_);
      if (!frame)
        break;
      used += frame->size;
      hand_over(*frame);
    }
    return used;
  }

  // Up to the end of a frame, after which there may be plain ones again.
  std::size_t piece_of(std::string_view input) override {
    return tracker_.follow(input);
  }

private:
  void hand_over(const plain_frame& frame) {
    switch (frame.kind) {
      case plain_kind::message:
        return receiver_->on_plain_message(frame.text);
      case plain_kind::pong:
        return receiver_->on_plain_pong();
      case plain_kind::close:
        return receiver_->on_plain_close(frame.close_code);
    }
  }

  // Beast writes a control frame in one piece.
  template <class ConstBuffers>
  static bool begins_close_frame(const ConstBuffers& buffers) {
    constexpr unsigned char fin_and_close = 0x88;
    const boost::asio::const_buffer first =
      *boost::asio::buffer_sequence_begin(buffers);
    return first.size() > 0
           && *static_cast<const unsigned char*>(first.data()) == fin_and_close;
  }

  receiver* receiver_ = nullptr;
  std::size_t plain_bytes_max_ = 0;
  frame_tracker tracker_;
  bool is_unheard_ = false;
};

/// Beast's own closing ends here; the session closes the socket when it hears
/// of it.
template <class Handler>
void async_teardown(boost::beast::role_type, frame_stream& stream,
                    Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    [h = std::forward<Handler>(handler)]() mutable {
                      h(boost::system::error_code{});
                    });
}

/// For timeouts of Beast's, which are off: ours are in the timer wheel.
inline void beast_close_socket(frame_stream&) {
  // nop
}

} // namespace signalbox
