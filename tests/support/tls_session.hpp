// Both ends of TLS sessions with clients: a server's certificate in files, and
// a client that goes on when the test says so, at the far end of a socket pair.

#pragma once

#include "net/tls_channel.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/tls_peer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>

namespace signalbox::test {

/// Files that a `tls_server` is made of, and an authority that vouches for it.
struct server_files : trusted_authority {
  server_files() { replace(); }

  /// Another certificate in the same files.
  void replace(long seconds_valid = 3600) {
    const identity who{all_names, &signer, seconds_valid};
    who.save_certificate(options().cert_file);
    who.save_key(options().key_file);
  }

  tls_server_options options() const {
    return {.cert_file = directory.file("server.pem"),
            .key_file = directory.file("server.key")};
  }

  tls_client_options client_options() const { return {file(), "", ""}; }
};

/// A client at `sockets.far`.
class tls_far_end {
public:
  tls_far_end(const tls_client& client, socket_pair& sockets)
    : channel(client, "localhost",
              [this](std::string_view x) { unsent_ += x; }),
      sockets_(sockets) {
    // nop
  }

  /// Takes what has come, and sends what it can.
  void go_on() {
    send();
    while (auto piece = sockets_.receive()) {
      has_ended = has_ended || piece->empty();
      if (piece->empty())
        break;
      ciphertext_bytes += piece->size();
      channel.receive(*piece);
      if (!error || error == boost::asio::error::would_block)
        take();
    }
    send();
  }

  void write(std::string_view text) {
    channel.write(text);
    send();
  }

  /// What `text` is on the wire, for the test to send.
  std::string encrypt(std::string_view text) {
    channel.write(text);
    return std::exchange(unsent_, {});
  }

  tls_channel channel;
  std::string received;
  std::size_t ciphertext_bytes = 0;
  /// What stopped it: eof if the server has said that it ends.
  boost::system::error_code error;
  /// The socket, however TLS did.
  bool has_ended = false;

private:
  void take() {
    std::string buffer(64 * 1024, '\0');
    error = channel.shake_hands();
    while (!error)
      received.append(buffer, 0, channel.read(buffer, error));
  }

  void send() {
    if (!is_begun_) {
      is_begun_ = true;
      error = channel.shake_hands();
    }
    unsent_.erase(0, sockets_.send(unsent_));
  }

  socket_pair& sockets_;
  std::string unsent_;
  bool is_begun_ = false;
};

} // namespace signalbox::test
