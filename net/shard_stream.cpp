#include "net/shard_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace signalbox {

namespace {

// How often one event reads a full buffer before the others have their turn.
constexpr int reads_per_event_max = 4;

boost::system::error_code error_of(int input_end) noexcept {
  if (input_end == 0)
    return boost::asio::error::eof;
  return {input_end, boost::system::system_category()};
}

} // namespace

boost::asio::io_context& shard_executor::services() {
  static boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  return context;
}

shard_stream::shard_stream(shard& where, descriptor socket, std::string early)
  : shard_(where), socket_(std::move(socket)) {
  if (!early.empty())
    early_ = std::make_unique<std::string>(std::move(early));
}

shard_stream::~shard_stream() {
  if (is_to_be_written_out_)
    shard_.forget(*this);
}

// -- input --------------------------------------------------------------------

void shard_stream::take_up(std::uint32_t events, event_source& owner) {
  // Only the shard's list of those to be called again calls without an event.
  if (events == 0)
    is_to_be_called_again_ = false;
  input_.note(events);
  if (events & EPOLLOUT) {
    is_writable_ = true;
    if (unsent_bytes() > 0)
      flush();
  }
  if (is_lingering_)
    discard_input(owner);
  else
    read_input(owner);
}

void shard_stream::take_up_soon(event_source& owner) {
  if (is_to_be_called_again_ || !(input_.is_readable() || early_))
    return;
  is_to_be_called_again_ = true;
  shard_.call_again(owner);
}

void shard_stream::read_input(event_source& owner) {
  if (early_ && takes_input()) {
    auto input = std::move(early_);
    shard_.read_buffer(); // The read may go there.
    hand_out(*input);
  }
  for (int i = 0; takes_input() && !early_; ++i) {
    if (has_input_ended()) {
      if (ensure_read())
        complete_read(error_of(input_.end()), 0);
      return;
    }
    if (!input_.is_readable())
      return;
    if (i == reads_per_event_max) {
      take_up_soon(owner);
      return;
    }
    if (!receive_once())
      return;
  }
}

// One recv into the shard's buffer. False if there was nothing.
bool shard_stream::receive_once() {
  const std::span buffer{shard_.read_buffer(), shard::buffer_bytes};
  const auto size = input_.receive(socket_.get(), buffer);
  if (size > 0)
    hand_out(buffer.first(size));
  return size > 0 || has_input_ended();
}

std::size_t shard_stream::intercept(std::span<char>) {
  return 0;
}

std::size_t shard_stream::piece_of(std::string_view input) {
  return input.size();
}

// Completes reads from `input` until it is used up; keeps what nobody asks for.
void shard_stream::hand_out(std::span<char> input) {
  while (takes_input()) {
    input = input.subspan(intercept(input));
    if (input.empty() || !takes_input() || !ensure_read())
      break;
    const auto target = pending_->target();
    const auto size =
      piece_of({input.data(), std::min(target.size(), input.size())});
    // The same place, where the reader borrows the shard's buffer.
    if (target.data() != input.data())
      std::memmove(target.data(), input.data(), size);
    input = input.subspan(size);
    complete_read({}, size);
  }
  if (!input.empty() && is_open() && !is_lingering_)
    early_ = std::make_unique<std::string>(input.begin(), input.end());
}

bool shard_stream::ensure_read() {
  if (!pending_)
    read_wanted();
  return pending_ != nullptr;
}

void shard_stream::complete_read(boost::system::error_code ec,
                                 std::size_t size) {
  auto read = std::move(pending_);
  read->complete(ec, size);
  // Freed before the rest runs, so that the next read finds a warm block.
  read.reset();
  shard_.run_immediates();
}

void shard_stream::discard_input(event_source& owner) {
  early_.reset();
  const std::span buffer{shard_.read_buffer(), shard::buffer_bytes};
  for (int i = 0; i < reads_per_event_max; ++i) {
    if (!input_.is_readable() || has_input_ended())
      return;
    input_.receive(socket_.get(), buffer);
  }
  take_up_soon(owner);
}

// -- output -------------------------------------------------------------------

void shard_stream::append(std::string_view bytes) {
  if (is_output_ended_ || !is_open())
    return;
  if (output_.empty())
    output_ = shard_.borrow_string();
  output_.append(bytes);
  if (!is_to_be_written_out_ && is_writable_) {
    is_to_be_written_out_ = true;
    shard_.write_out_later(*this);
  }
}

void shard_stream::write_out() {
  is_to_be_written_out_ = false;
  flush();
}

void shard_stream::flush() {
  while (is_open() && is_writable_ && sent_ < output_.size()) {
    const auto size = ::send(socket_.get(), output_.data() + sent_,
                             output_.size() - sent_, MSG_NOSIGNAL);
    if (size >= 0) {
      sent_ += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      is_writable_ = false;
    } else if (errno != EINTR) {
      // The peer is gone; reading tells the session.
      sent_ = output_.size();
      is_output_ended_ = true;
    }
  }
  if (sent_ == output_.size()) {
    shard_.give_back(std::move(output_));
    output_ = std::string{};
    sent_ = 0;
    if (is_lingering_ && is_open())
      ::shutdown(socket_.get(), SHUT_WR);
  } else if (sent_ > output_.size() / 2) {
    // A slow reader must not keep the memory of what it has read.
    output_.erase(0, sent_);
    sent_ = 0;
  }
}

// -- the end ------------------------------------------------------------------

void shard_stream::linger() {
  end_output();
  is_lingering_ = true;
  pending_.reset();
  early_.reset();
  flush();
}

void shard_stream::close(event_source& owner) noexcept {
  if (!is_open())
    return;
  flush();
  if (is_to_be_called_again_)
    shard_.forget(owner);
  // Closing takes it out of the epoll set too: nobody else holds it.
  socket_.close();
  pending_.reset();
  early_.reset();
  shard_.give_back(std::move(output_));
  output_ = std::string{};
  sent_ = 0;
}

} // namespace signalbox
