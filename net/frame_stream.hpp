// A shard's stream as Beast's WebSocket sees it. Its close frames are left out:
// the session writes all of them itself, as the codes are ours (protocol.md §3,
// RFC 6455 §7.4.1).

#pragma once

#include "net/shard_stream.hpp"

#include <boost/beast/core/role.hpp>

namespace signalbox {

class frame_stream final : public shard_stream {
public:
  using shard_stream::shard_stream;

  template <class ConstBuffers, class Handler>
  void async_write_some(const ConstBuffers& buffers, Handler&& handler) {
    if (begins_close_frame(buffers))
      boost::asio::post(get_executor(),
                        [h = std::forward<Handler>(handler),
                         size = boost::asio::buffer_size(buffers)]() mutable {
                          h(boost::system::error_code{}, size);
                        });
    else
      shard_stream::async_write_some(buffers, std::forward<Handler>(handler));
  }

private:
  // Beast writes a control frame in one piece; an answer to an upgrade begins
  // with a letter.
  template <class ConstBuffers>
  static bool begins_close_frame(const ConstBuffers& buffers) {
    constexpr unsigned char fin_and_close = 0x88;
    const boost::asio::const_buffer first =
      *boost::asio::buffer_sequence_begin(buffers);
    return first.size() > 0
           && *static_cast<const unsigned char*>(first.data()) == fin_and_close;
  }
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
