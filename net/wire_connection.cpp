#include "net/wire_connection.hpp"

#include "net/outgoing_socket.hpp"

#include <cerrno>
#include <sys/epoll.h>
#include <system_error>

namespace signalbox {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

// A name may stand for many addresses; the log gets the first ones' failures.
constexpr std::size_t failures_bytes_max = 512;

constexpr std::string_view closed_by_server = "closed by the server";

std::string message_of(int error) {
  return std::generic_category().message(error);
}

} // namespace

wire_connection::wire_connection(shard& where, home& at, const tls_client* tls,
                                 const wire_target& target, wire_user& user)
  : shard_(where), home_(at), tls_(tls), target_(target), user_(user) {
  // nop
}

// -- the way to the server ----------------------------------------------------

void wire_connection::open(name_resolver& names,
                           std::chrono::milliseconds within) {
  deadline_ = home_.turn_start + within;
  if (target_.is_tls && !tls_) {
    failures_ = "connect " + target_.host + ": TLS is not set up";
  } else if (target_.port == 0) {
    if (const auto path = socket_address::of_path(target_.host))
      addresses_.push_back(*path);
    else
      failures_ = "connect " + target_.host + ": no path of a Unix socket";
  } else if (const auto address = ip_address::parse(target_.host)) {
    addresses_.push_back(socket_address::of(*address, target_.port));
  } else {
    home_.schedule(*this, within);
    lookup_ = names.resolve(target_.host,
                            [this](const name_answer& x) { resolved(x); });
    return;
  }
  if (try_next())
    return;
  // This is still a call of the user's.
  phase_ = phase::failed;
  shard_.call_again(*this);
}

void wire_connection::resolved(const name_answer& answer) {
  lookup_.reset();
  for (const auto& x : answer.addresses) {
    if (!x.is_ip())
      continue;
    addresses_.push_back(x);
    addresses_.back().set_port(target_.port);
  }
  if (addresses_.empty())
    return lose("resolve " + target_.host + ": "
                + (answer.error.empty() ? "no address" : answer.error));
  if (!try_next())
    lose(failures_);
}

std::chrono::milliseconds wire_connection::time_left() const noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    deadline_ - home_.turn_start);
}

// Each address gets its share of the time, or one that swallows everything
// would keep the others from being tried. False if none is left.
bool wire_connection::try_next() {
  while (tried_ < addresses_.size()) {
    const auto left = static_cast<std::int64_t>(addresses_.size() - tried_);
    auto attempt = begin_connect(addresses_[tried_++]);
    if (attempt.error == 0)
      attempt.error = shard_.watch(attempt.socket.get(), *this,
                                   shard::watch_kind::connection);
    if (attempt.error == 0) {
      socket_ = std::move(attempt.socket);
      phase_ = phase::connecting;
      home_.schedule(*this, time_left() / left);
      return true;
    }
    note_failure(attempt.error);
  }
  return false;
}

void wire_connection::note_failure(int error) {
  if (failures_.size() >= failures_bytes_max)
    return;
  if (!failures_.empty())
    failures_ += "; ";
  failures_ += "connect " + addresses_[tried_ - 1].to_string() + ": "
               + message_of(error);
}

void wire_connection::on_connect_event(std::uint32_t events) {
  const auto error = connect_result(socket_.get());
  // The event may be that of an attempt before, given up in this turn.
  if (error == EINPROGRESS)
    return;
  if (error == 0) {
    connected();
    if (phase_ != phase::closed)
      stream_->take_up(events, *this);
    return;
  }
  note_failure(error);
  socket_.close();
  if (!try_next())
    lose(failures_);
}

void wire_connection::connected() {
  peer_ = addresses_[tried_ - 1].to_string();
  stream_.emplace(connected_socket{shard_, std::move(socket_)}, std::string{});
  if (target_.is_tls) {
    phase_ = phase::shaking_hands;
    home_.schedule(*this, time_left());
    channel_.emplace(*tls_, target_.host,
                     [this](std::string_view x) { stream_->append(x); });
    shake_hands();
  } else {
    opened();
  }
  if (phase_ != phase::closed)
    read_next();
}

void wire_connection::opened() {
  phase_ = phase::open;
  home_.wheel.cancel(*this);
  user_.wire_opened();
}

// -- the event loop -----------------------------------------------------------

void wire_connection::on_event(std::uint32_t events) {
  switch (phase_) {
    case phase::connecting:
      return on_connect_event(events);
    case phase::failed:
      return lose(failures_);
    case phase::shaking_hands:
    case phase::open:
      return stream_->take_up(events, *this);
    case phase::resolving:
    case phase::closed:
      return;
  }
}

void wire_connection::expired() {
  if (phase_ == phase::resolving)
    return lose("resolve " + target_.host + ": " + message_of(ETIMEDOUT));
  if (phase_ == phase::shaking_hands)
    return lose(tls_peer() + ": " + message_of(ETIMEDOUT));
  note_failure(ETIMEDOUT);
  socket_.close();
  if (time_left() <= 0ms || !try_next())
    lose(failures_);
}

// -- input --------------------------------------------------------------------

void wire_connection::read_next() {
  // The stream receives into this very buffer, so nothing is copied.
  stream_->async_read_some(
    boost::asio::mutable_buffer{shard_.filled_read_buffer(),
                                shard::buffer_bytes},
    [this](error_code ec, std::size_t size) { on_read(ec, size); });
}

void wire_connection::on_read(error_code ec, std::size_t size) {
  const std::string_view bytes{shard_.filled_read_buffer(), size};
  if (ec)
    return lose((phase_ == phase::shaking_hands ? tls_peer() : peer_) + ": "
                + (ec == boost::asio::error::eof ? std::string{closed_by_server}
                                                 : ec.message()));
  if (channel_)
    on_ciphertext(bytes);
  else
    user_.wire_received(bytes);
  if (phase_ != phase::closed)
    read_next();
}

void wire_connection::on_ciphertext(std::string_view bytes) {
  channel_->receive(bytes);
  if (phase_ == phase::shaking_hands && !shake_hands())
    return;
  const std::span buffer{shard_.message_buffer(), shard::buffer_bytes};
  for (error_code ec; !ec;) {
    std::size_t size = 0;
    while (!ec && size < buffer.size())
      size += channel_->read(buffer.subspan(size), ec);
    if (size > 0)
      user_.wire_received({buffer.data(), size});
    if (phase_ == phase::closed)
      return;
    if (ec && ec != boost::asio::error::would_block)
      return lose(tls_failure(ec));
  }
}

// True if the wire is open now.
bool wire_connection::shake_hands() {
  const auto ec = channel_->shake_hands();
  if (!ec)
    opened();
  else if (ec != boost::asio::error::would_block)
    lose(tls_failure(ec));
  return phase_ == phase::open;
}

// -- output -------------------------------------------------------------------

void wire_connection::write(std::string_view bytes) {
  if (phase_ != phase::open || bytes.empty())
    return;
  if (!channel_)
    return stream_->append(bytes);
  if (plain_.empty()) {
    plain_ = shard_.borrow_string();
    shard_.write_out_later(*this);
  }
  plain_ += bytes;
}

std::size_t wire_connection::unsent_bytes() const noexcept {
  return plain_.size() + (stream_ ? stream_->unsent_bytes() : 0);
}

// The stream's own turn comes behind this one, in the same turn of the shard.
void wire_connection::write_out() {
  if (const auto ec = encrypt())
    lose(tls_failure(ec));
}

error_code wire_connection::encrypt() {
  const auto ec = channel_->write(plain_);
  shard_.give_back(std::move(plain_));
  plain_ = std::string{};
  return ec;
}

// -- the end ------------------------------------------------------------------

// With the name: it may be what the certificate is not for.
std::string wire_connection::tls_peer() const {
  return "TLS with " + target_.host + " (" + peer_ + ")";
}

std::string wire_connection::tls_failure(const error_code& ec) const {
  if (ec == boost::asio::error::eof)
    return peer_ + ": " + std::string{closed_by_server};
  return tls_peer() + ": " + channel_->reason_of(ec);
}

void wire_connection::lose(std::string reason) {
  close();
  user_.wire_lost(reason);
}

void wire_connection::close() noexcept {
  const auto before = std::exchange(phase_, phase::closed);
  if (before == phase::closed)
    return;
  home_.wheel.cancel(*this);
  lookup_.reset();
  if (before == phase::failed)
    shard_.forget(static_cast<event_source&>(*this));
  if (!plain_.empty()) {
    shard_.forget(static_cast<turn_output&>(*this));
    encrypt();
  }
  if (channel_)
    channel_->close();
  if (stream_)
    stream_->close(*this);
  socket_.close();
}

} // namespace signalbox
