// One TLS session, either end of it, without a socket: ciphertext in by
// `receive`, out by a function; plaintext by `read` and `write`. Nothing here
// waits, and nothing is left in a queue: a turn of a shard ends with all of it
// encrypted. For one thread at a time, any thread: it belongs to no shard.
//
// OpenSSL over a BIO of ours, which copies from the bytes in hand and to the
// function, so an idle session has no buffer.

#pragma once

#include "net/tls_client.hpp"
#include "net/tls_server.hpp"

#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signalbox {

class tls_channel {
public:
  using error_code = boost::system::error_code;

  /// What one record takes at most, as ciphertext (RFC 5246 §6.2.3). Less than
  /// this is ever held back, so `n` bytes received give at most `n` plus this
  /// of plaintext.
  static constexpr std::size_t record_bytes_max = 5 + 16 * 1024 + 2048;

  /// Where ciphertext goes; it takes all it gets. Called from within the
  /// functions below. If it throws std::bad_alloc the session fails; it throws
  /// nothing else.
  using output_function = std::function<void(std::string_view)>;

  /// The client's end, with a server that can prove to be `host`, a name or an
  /// IP address. Throws std::bad_alloc if OpenSSL has no memory.
  tls_channel(const tls_client& client, const std::string& host,
              output_function output);

  /// The server's end. Throws as above.
  tls_channel(const tls_server& server, output_function output);

  ~tls_channel();

  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// Ciphertext that has come. The view must last until a function below has
  /// said would_block.
  void receive(std::string_view ciphertext) noexcept;

  /// Goes on with the handshake: no error when it is done, would_block if more
  /// has to come. REQUIRES: has not failed.
  error_code shake_hands();

  bool are_hands_shaken() const noexcept;

  /// Plaintext into `buffer`: how much. 0 with would_block if more has to come,
  /// with eof if the other end has closed its side. Shakes hands first, if that
  /// is not done. REQUIRES: has not failed.
  std::size_t read(std::span<char> buffer, error_code& error);

  /// Encrypts all of it. REQUIRES: hands are shaken.
  error_code write(std::string_view plaintext);

  /// Tells the other end that no more comes (RFC 8446 §6.1), if it can be told.
  /// Once; nothing can be written after it.
  void close() noexcept;

  /// `error` for a log, with what is wrong with the server's certificate.
  std::string reason_of(const error_code& error) const;

private:
  struct engine;

  std::unique_ptr<engine> engine_;
};

} // namespace signalbox
