// A socket as an Asio AsyncStream on a shard. Reading takes one `recv` for each
// time the socket becomes readable; what is written is collected and leaves
// with one `send` at the turn's end. Hot path.
//
// A write completes at once, so what has been written and not sent is counted
// here: `unsent_bytes` is the session's backpressure. What is read and written
// is plaintext, whether there is TLS on the socket or not.

#pragma once

#include "net/connected_socket.hpp"
#include "net/shard_executor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace signalbox {

class shard_stream : public turn_output {
public:
  using executor_type = shard_executor;

  /// `early` is what was read from the socket already and is to be read again.
  shard_stream(connected_socket socket, std::string early);
  virtual ~shard_stream();

  shard_stream(const shard_stream&) = delete;
  shard_stream& operator=(const shard_stream&) = delete;

  executor_type get_executor() const noexcept { return executor_type{where()}; }

  bool is_open() const noexcept { return socket_.is_open(); }

  int native_handle() const noexcept { return socket_.native_handle(); }

  // -- the event loop's side --------------------------------------------------

  /// As connected_socket's.
  int watch(event_source& owner) { return socket_.watch(owner); }

  /// Takes up what the socket has to say, completing the pending read as often
  /// as there is input; each completion is run to its end. `owner` is called
  /// again next turn if there is more than one event's share of input.
  void take_up(std::uint32_t events, event_source& owner);

  /// Has `take_up` called soon for input that is there already: a read was
  /// begun outside of it. Idempotent.
  void take_up_soon(event_source& owner);

  /// Sends what is unsent; the rest when the socket is writable again.
  void flush() { socket_.flush(); }

  /// The turn's end: flushes.
  void write_out() override;

  /// Bytes written and not taken by the kernel.
  std::size_t unsent_bytes() const noexcept { return socket_.unsent_bytes(); }

  /// Appends to the output.
  void append(std::string_view bytes);

  /// From now on what is written is thrown away: a close frame has been.
  void end_output() noexcept { socket_.end_output(); }

  /// Sends what is unsent, then tells the peer that no more comes; throws away
  /// what is read until `has_input_ended`. For closing when the peer may still
  /// be sending.
  void linger();

  bool is_lingering() const noexcept { return is_lingering_; }

  /// The peer has closed its side, or the connection is broken.
  bool has_input_ended() const noexcept { return socket_.has_ended(); }

  /// The peer has left, and said nothing that is still to be read. For while
  /// nothing is read.
  bool is_deserted() noexcept { return !early_ && socket_.is_deserted(); }

  /// Sends what the kernel takes and closes. The pending read is dropped, its
  /// handler never called. Idempotent.
  void close(event_source& owner) noexcept;

  // -- AsyncStream ------------------------------------------------------------

  template <class MutableBuffers, class Handler>
  void async_read_some(const MutableBuffers& buffers, Handler&& handler) {
    for (auto i = boost::asio::buffer_sequence_begin(buffers);
         i != boost::asio::buffer_sequence_end(buffers); ++i) {
      boost::asio::mutable_buffer target = *i;
      if (target.size() == 0)
        continue;
      pending_.reset(new read_of<std::decay_t<Handler>>(
        target, std::forward<Handler>(handler)));
      return;
    }
    // Nothing to read into: that is done.
    boost::asio::post(get_executor(),
                      [h = std::forward<Handler>(handler)]() mutable {
                        h(boost::system::error_code{}, std::size_t{0});
                      });
  }

  template <class ConstBuffers, class Handler>
  void async_write_some(const ConstBuffers& buffers, Handler&& handler) {
    std::size_t size = 0;
    for (auto i = boost::asio::buffer_sequence_begin(buffers);
         i != boost::asio::buffer_sequence_end(buffers); ++i) {
      boost::asio::const_buffer part = *i;
      append({static_cast<const char*>(part.data()), part.size()});
      size += part.size();
    }
    auto ec = is_open() ? boost::system::error_code{}
                        : boost::asio::error::operation_aborted;
    boost::asio::post(get_executor(),
                      [h = std::forward<Handler>(handler), ec, size]() mutable {
                        h(ec, ec ? 0 : size);
                      });
  }

protected:
  /// Whether input is asked for, so that it is received and handed out.
  virtual bool takes_input() const noexcept { return pending_ != nullptr; }

  /// There is input for a read, and no read is pending.
  virtual void read_wanted() {
    // nop
  }

  /// The input has ended, and no read is pending.
  virtual void end_seen() {
    // nop
  }

  /// Looks at input before the pending read gets any: how many bytes at its
  /// front were used up. May change those.
  virtual std::size_t intercept(std::span<char> input);

  /// How many of these bytes the pending read gets at once, at least one.
  virtual std::size_t piece_of(std::string_view input);

private:
  // The one read under way: where to, and whom to tell.
  class pending_read {
  public:
    explicit pending_read(boost::asio::mutable_buffer target)
      : target_(target) {
      // nop
    }
    virtual ~pending_read() = default;
    virtual void complete(boost::system::error_code ec, std::size_t size) = 0;

    boost::asio::mutable_buffer target() const noexcept { return target_; }

  private:
    boost::asio::mutable_buffer target_;
  };

  template <class Handler>
  class read_of final : public pending_read {
  public:
    template <class H>
    read_of(boost::asio::mutable_buffer target, H&& handler)
      : pending_read(target), handler_(std::forward<H>(handler)) {
      // nop
    }
    void complete(boost::system::error_code ec, std::size_t size) override {
      handler_(ec, size);
    }

  private:
    Handler handler_;
  };

  void hand_out(std::span<char> input);
  bool ensure_read();
  void complete_read(boost::system::error_code ec, std::size_t size);
  void read_input(event_source& owner);
  bool receive_once();
  void discard_input(event_source& owner);

  shard& where() const noexcept { return socket_.where(); }

  connected_socket socket_;
  bool is_to_be_written_out_ = false;
  bool is_to_be_called_again_ = false;
  bool is_lingering_ = false;
  std::unique_ptr<pending_read> pending_;
  /// Input not yet read, from before the shard's read buffer was given up.
  std::unique_ptr<std::string> early_;
};

} // namespace signalbox
