// A connected socket on a shard, as plaintext in both directions, whether there
// is TLS on it or not: one `recv` for each time it becomes readable, and one
// `send` for what was appended. Hot path: without TLS that costs a null check.
//
// It can be moved to another shard with all it holds, TLS session included, as
// long as no shard watches it.

#pragma once

#include "net/descriptor.hpp"
#include "net/shard.hpp"
#include "net/socket_input.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signalbox {

class tls_server;

class connected_socket {
public:
  /// `socket` is non-blocking.
  connected_socket(shard& where, descriptor socket) noexcept;

  connected_socket(connected_socket&&) noexcept;

  /// Goes on with it on another shard, whose thread this is.
  connected_socket(shard& where, connected_socket&& other) noexcept;

  ~connected_socket();

  shard& where() const noexcept { return *shard_; }

  bool is_open() const noexcept { return socket_.is_open(); }

  int native_handle() const noexcept { return socket_.get(); }

  // -- the event loop's side --------------------------------------------------

  /// Events go to `watcher` from now on, whoever got them so far; what is there
  /// to read is reported again. Of output it hears only once some was refused.
  /// Returns an errno, 0 if well. REQUIRES: nobody else has the shard watch it.
  int watch(event_source& watcher);

  /// Nobody gets any more: before it moves to another shard.
  void unwatch() noexcept;

  /// Takes in what epoll(7) reports.
  void note(std::uint32_t events) noexcept;

  // -- TLS --------------------------------------------------------------------

  /// From now on there is TLS on it, this the server's end: the handshake is
  /// part of receiving. Throws std::bad_alloc.
  void start_tls(const tls_server& server);

  bool is_tls() const noexcept { return tls_ != nullptr; }

  /// What went wrong before the handshake was done; empty if nothing.
  std::string handshake_failure() const;

  // -- input ------------------------------------------------------------------

  /// Whether there may be something to receive, or the end to be seen. What
  /// stays false until epoll reports: nothing is held back within.
  bool is_readable() const noexcept { return input_.is_readable(); }

  /// One recv into the shard's read buffer. Empty if there is nothing for now,
  /// if it was no whole record of TLS yet, or if the input has ended.
  std::span<char> receive();

  /// One recv of what nobody wants.
  void discard() noexcept;

  /// The peer has closed its side, or the connection is broken.
  bool has_ended() const noexcept { return input_.has_ended(); }

  /// The same, found out without receiving: while nobody does. False as long as
  /// there is something unread, also if it is TLS's own.
  bool is_deserted() noexcept { return input_.is_deserted(socket_.get()); }

  /// The errno that it ended with, 0 for the end of the stream; EPROTO if what
  /// came is no TLS.
  int end() const noexcept { return input_.end(); }

  // -- input before TLS -------------------------------------------------------

  /// The first bytes to come, which stay; at most `shard::buffer_bytes`. Empty
  /// as `receive` is. REQUIRES: nothing was received.
  std::string_view peek() noexcept;

  /// They are too few: waits for more, or ends if no more comes.
  void wait_for_more() noexcept { input_.wait_for_more(); }

  /// Takes so many of those that were peeked at off the input.
  void skip(std::size_t size) noexcept;

  // -- output -----------------------------------------------------------------

  /// Collects output for `flush`. Thrown away once the output has ended.
  void append(std::string_view bytes) {
    if (is_output_ended_ || !is_open())
      return;
    if (output_.empty())
      output_ = shard_->borrow_string();
    output_.append(bytes);
  }

  /// Whether the kernel took all of it, the last time.
  bool is_writable() const noexcept { return is_writable_; }

  /// Sends what is unsent, as far as the kernel takes it. Peers that are gone
  /// are seen by receiving.
  void flush();

  /// Bytes that were appended and that the kernel has not taken, as plaintext
  /// or as ciphertext.
  std::size_t unsent_bytes() const noexcept {
    const auto size = output_.size() - sent_;
    return tls_ ? size + ciphertext_bytes() : size;
  }

  /// What these take, read ones that are still there included.
  std::size_t output_memory() const noexcept;

  /// What is appended from now on is thrown away.
  void end_output() noexcept { is_output_ended_ = true; }

  /// Ends the output, and tells the peer so behind what is unsent: a plain
  /// close would reset the connection if the peer is still sending, and with
  /// it take back the last of the output (RFC 9112 §9.6).
  void shut_down_output();

  /// Sends what the kernel takes, and closes. Idempotent.
  void close() noexcept;

private:
  struct tls_layer;

  void watch_output() noexcept;
  std::size_t receive_tls(std::span<char> buffer);
  std::size_t ciphertext_bytes() const noexcept;
  void encrypt();
  void end_tls();

  shard* shard_;
  descriptor socket_;
  socket_input input_;
  event_source* watcher_ = nullptr;
  bool is_output_watched_ = false;
  bool is_writable_ = true;
  bool is_output_ended_ = false;
  bool is_to_be_shut_down_ = false;
  std::unique_ptr<tls_layer> tls_;
  /// Plaintext.
  std::string output_;
  /// How much of what the kernel gets, plaintext or ciphertext, it has got.
  std::size_t sent_ = 0;
};

} // namespace signalbox
