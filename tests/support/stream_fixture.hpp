// A stream on a shard that the test turns, with the other end in hand.

#pragma once

#include "net/shard_stream.hpp"
#include "tests/support/shard_fixture.hpp"
#include "tests/support/socket_pair.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace signalbox::test {

using pieces = std::vector<std::string>;

/// Owns a stream as a session does.
template <class Stream>
class stream_source final : public event_source {
public:
  stream_source(connected_socket socket, std::string early)
    : stream(std::move(socket), std::move(early)) {
    // nop
  }

  void on_event(std::uint32_t events) override {
    if (!stream.is_open())
      return;
    stream.take_up(events, *this);
    if (after_call)
      after_call();
  }

  Stream stream;
  std::function<void()> after_call;
};

template <class Stream>
class stream_fixture : public shard_fixture {
public:
  /// With TLS on it unless `tls` is null.
  explicit stream_fixture(std::string early = {}, int type = SOCK_STREAM,
                          const tls_server* tls = nullptr)
    : sockets(type) {
    connected_socket socket{on(), std::move(sockets.near)};
    if (tls)
      socket.start_tls(*tls);
    source = std::make_unique<stream_source<Stream>>(std::move(socket),
                                                     std::move(early));
    if (stream().watch(*source) != 0)
      throw std::runtime_error("cannot watch");
  }

  Stream& stream() { return source->stream; }

  /// Reads one piece of at most this size.
  void read_once(std::size_t size) { begin_read(size, false); }

  /// Goes on reading until an error.
  void read_all(std::size_t size) { begin_read(size, true); }

  socket_pair sockets;
  std::unique_ptr<stream_source<Stream>> source;
  pieces got;
  std::size_t bytes_got = 0;
  boost::system::error_code error;
  std::function<void()> on_read;

private:
  void begin_read(std::size_t size, bool goes_on) {
    buffer_.resize(size);
    read_next(goes_on);
    stream().take_up_soon(*source);
  }

  void read_next(bool goes_on) {
    stream().async_read_some(boost::asio::buffer(buffer_),
                             [this, goes_on](boost::system::error_code ec,
                                             std::size_t size) {
                               if (ec) {
                                 error = ec;
                                 return;
                               }
                               got.push_back(buffer_.substr(0, size));
                               bytes_got += size;
                               if (on_read)
                                 on_read();
                               if (goes_on && stream().is_open())
                                 read_next(goes_on);
                             });
  }

  std::string buffer_;
};

using one_stream = stream_fixture<shard_stream>;

} // namespace signalbox::test
