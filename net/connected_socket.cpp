#include "net/connected_socket.hpp"

#include "net/tls_channel.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <new>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace signalbox {

namespace {

using boost::system::error_code;

// With what may be held back within it fits the buffer as plaintext, so that
// nothing is left behind where epoll does not see it.
constexpr std::size_t ciphertext_bytes_max = shard::buffer_bytes
                                             - tls_channel::record_bytes_max;

} // namespace

// Stays where it is when the socket moves.
struct connected_socket::tls_layer {
  explicit tls_layer(const tls_server& server)
    : channel(server, [this](std::string_view x) { ciphertext += x; }) {
    // nop
  }

  // All of what has come. An error but for would_block ends it.
  std::size_t decrypt(std::string_view bytes, std::span<char> buffer) {
    channel.receive(bytes);
    std::size_t size = 0;
    for (error = {}; !error && size < buffer.size();)
      size += channel.read(buffer.subspan(size), error);
    return size;
  }

  std::string ciphertext;
  tls_channel channel;
  error_code error;
};

connected_socket::connected_socket(shard& where, descriptor socket) noexcept
  : shard_(&where), socket_(std::move(socket)) {
  // nop
}

connected_socket::connected_socket(connected_socket&&) noexcept = default;

connected_socket::connected_socket(shard& where,
                                   connected_socket&& other) noexcept
  : connected_socket(std::move(other)) {
  shard_ = &where;
}

connected_socket::~connected_socket() = default;

int connected_socket::watch(event_source& watcher) {
  const auto kind = is_output_watched_ ? shard::watch_kind::connection
                                       : shard::watch_kind::reader;
  const auto was_watched = std::exchange(watcher_, &watcher) != nullptr;
  return was_watched ? shard_->rewatch(socket_.get(), watcher, kind)
                     : shard_->watch(socket_.get(), watcher, kind);
}

void connected_socket::unwatch() noexcept {
  if (std::exchange(watcher_, nullptr))
    shard_->unwatch(socket_.get());
}

// From the first time on that the kernel refuses some: most never see it.
void connected_socket::watch_output() noexcept {
  if (!std::exchange(is_output_watched_, true) && watcher_)
    shard_->rewatch(socket_.get(), *watcher_, shard::watch_kind::connection);
}

void connected_socket::note(std::uint32_t events) noexcept {
  input_.note(events);
  if (events & EPOLLOUT)
    is_writable_ = true;
}

// -- input --------------------------------------------------------------------

std::span<char> connected_socket::receive() {
  const std::span buffer{shard_->read_buffer(), shard::buffer_bytes};
  return buffer.first(tls_ ? receive_tls(buffer)
                           : input_.receive(socket_.get(), buffer));
}

// One recv, whatever comes of it: what is no plaintext (half a record, alerts,
// a renegotiation that is refused) must not keep a shard from its turn.
std::size_t connected_socket::receive_tls(std::span<char> buffer) {
  const std::span ciphertext{shard_->message_buffer(), ciphertext_bytes_max};
  const auto coming = input_.receive(socket_.get(), ciphertext);
  if (coming == 0)
    return 0;
  const auto size = tls_->decrypt({ciphertext.data(), coming}, buffer);
  if (tls_->error == boost::asio::error::eof)
    input_.end_with(0);
  else if (tls_->error && tls_->error != boost::asio::error::would_block)
    input_.end_with(EPROTO);
  // Of the handshake, or an alert.
  if (!tls_->ciphertext.empty())
    flush();
  return size;
}

void connected_socket::discard() noexcept {
  input_.receive(socket_.get(), {shard_->read_buffer(), shard::buffer_bytes});
}

std::string_view connected_socket::peek() noexcept {
  return input_.peek(socket_.get(),
                     {shard_->read_buffer(), shard::buffer_bytes});
}

void connected_socket::skip(std::size_t size) noexcept {
  ::recv(socket_.get(), shard_->read_buffer(), size, 0);
}

// -- output -------------------------------------------------------------------

void connected_socket::flush() {
  if (tls_ && is_writable_)
    encrypt();
  auto& bytes = tls_ ? tls_->ciphertext : output_;
  while (is_open() && is_writable_ && sent_ < bytes.size()) {
    const auto size = ::send(socket_.get(), bytes.data() + sent_,
                             bytes.size() - sent_, MSG_NOSIGNAL);
    if (size >= 0) {
      sent_ += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      is_writable_ = false;
      watch_output();
    } else if (errno != EINTR) {
      // The peer is gone; reading tells of it.
      sent_ = bytes.size();
      is_output_ended_ = true;
    }
  }
  if (sent_ == bytes.size()) {
    shard_->give_back(std::exchange(bytes, std::string{}));
    sent_ = 0;
    // Once: each time is an event of its own, which ends up here again.
    if (std::exchange(is_to_be_shut_down_, false) && is_open())
      ::shutdown(socket_.get(), SHUT_WR);
  } else if (sent_ > bytes.size() / 2) {
    // A slow reader must not keep the memory of what it has read.
    bytes.erase(0, sent_);
    bytes.shrink_to_fit();
    sent_ = 0;
  }
}

std::size_t connected_socket::ciphertext_bytes() const noexcept {
  return tls_->ciphertext.size();
}

std::size_t connected_socket::output_memory() const noexcept {
  return output_.capacity() + (tls_ ? tls_->ciphertext.capacity() : 0);
}

void connected_socket::encrypt() {
  if (output_.empty())
    return;
  if (tls_->ciphertext.empty())
    tls_->ciphertext = shard_->borrow_string();
  // If it fails, what came before was no TLS, and receiving has told so.
  if (tls_->channel.write(output_))
    is_output_ended_ = true;
  shard_->give_back(std::exchange(output_, std::string{}));
}

void connected_socket::shut_down_output() {
  end_output();
  is_to_be_shut_down_ = true;
  end_tls();
  flush();
}

// The end is told behind all that was appended.
void connected_socket::end_tls() {
  if (!tls_)
    return;
  encrypt();
  tls_->channel.close();
}

// -- TLS ----------------------------------------------------------------------

void connected_socket::start_tls(const tls_server& server) {
  tls_ = std::make_unique<tls_layer>(server);
}

std::string connected_socket::handshake_failure() const {
  if (!tls_ || end() != EPROTO || tls_->channel.are_hands_shaken())
    return {};
  return tls_->channel.reason_of(tls_->error);
}

// -- the end ------------------------------------------------------------------

void connected_socket::close() noexcept {
  if (!is_open())
    return;
  watcher_ = nullptr;
  try {
    end_tls();
    flush();
  } catch (const std::bad_alloc&) {
    // The peer sees the end without being told: closing must not need memory.
  }
  // Closing takes it out of the epoll set too: nobody else holds it.
  socket_.close();
  output_ = std::string{};
  tls_.reset();
  sent_ = 0;
}

} // namespace signalbox
