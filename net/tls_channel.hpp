// One TLS session of a client, without a socket: ciphertext in by `receive`,
// out by a function; plaintext by `read` and `write`. Asio's ssl::stream over
// memory, driven by its synchronous operations, which here never wait: a turn
// of a shard ends with everything encrypted, and nothing of the session is
// left behind in a queue when it is destroyed.

#pragma once

#include "net/shard.hpp"
#include "net/tls_client.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signalbox {

class tls_channel {
public:
  using error_code = boost::system::error_code;

  /// Where ciphertext goes; it takes all it gets. Called from within the
  /// functions below.
  using output_function = std::function<void(std::string_view)>;

  /// For a server that can prove to be `host`, a name or an IP address. Throws
  /// boost::system::system_error if OpenSSL has no memory.
  tls_channel(shard& where, const tls_client& client, const std::string& host,
              output_function output);
  ~tls_channel();

  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// Ciphertext that has come. The view must last until a function below has
  /// said would_block.
  void receive(std::string_view ciphertext) noexcept;

  /// Goes on with the handshake: no error when it is done, would_block if more
  /// has to come. REQUIRES: has not failed.
  error_code shake_hands();

  /// Plaintext into `buffer`: how much. 0 with would_block if more has to come,
  /// with eof if the server has closed its side. REQUIRES: hands are shaken.
  std::size_t read(std::span<char> buffer, error_code& error);

  /// Encrypts all of it. REQUIRES: hands are shaken.
  error_code write(std::string_view plaintext);

  /// Tells the server that no more comes (RFC 8446 §6.1), if it can be told.
  void close() noexcept;

  /// `error` for a log, with what is wrong with the server's certificate.
  std::string reason_of(const error_code& error) const;

private:
  struct engine;

  std::unique_ptr<engine> engine_;
};

} // namespace signalbox
