#include "net/shard_stream.hpp"

#include <algorithm>
#include <cstring>
#include <sys/epoll.h>

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

shard_stream::shard_stream(connected_socket socket, std::string early)
  : socket_(std::move(socket)) {
  if (!early.empty())
    early_ = std::make_unique<std::string>(std::move(early));
}

shard_stream::~shard_stream() {
  if (is_to_be_written_out_)
    where().forget(*this);
}

// -- input --------------------------------------------------------------------

void shard_stream::take_up(std::uint32_t events, event_source& owner) {
  // Only the shard's list of those to be called again calls without an event.
  if (events == 0)
    is_to_be_called_again_ = false;
  socket_.note(events);
  if ((events & EPOLLOUT) && unsent_bytes() > 0)
    flush();
  if (is_lingering_)
    discard_input(owner);
  else
    read_input(owner);
}

void shard_stream::take_up_soon(event_source& owner) {
  if (is_to_be_called_again_ || !(socket_.is_readable() || early_))
    return;
  is_to_be_called_again_ = true;
  where().call_again(owner);
}

void shard_stream::read_input(event_source& owner) {
  if (early_ && takes_input()) {
    auto input = std::move(early_);
    where().read_buffer(); // The read may go there.
    hand_out(*input);
  }
  for (int i = 0; takes_input() && !early_; ++i) {
    if (has_input_ended()) {
      if (pending_)
        complete_read(error_of(socket_.end()), 0);
      else
        end_seen();
      return;
    }
    if (!socket_.is_readable())
      return;
    if (i == reads_per_event_max) {
      take_up_soon(owner);
      return;
    }
    if (!receive_once())
      return;
  }
}

// False if there was nothing, and no more is there: with TLS nothing may have
// come of what was.
bool shard_stream::receive_once() {
  const auto input = socket_.receive();
  if (!input.empty())
    hand_out(input);
  return !input.empty() || has_input_ended() || socket_.is_readable();
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
  where().run_immediates();
}

void shard_stream::discard_input(event_source& owner) {
  early_.reset();
  for (int i = 0; i < reads_per_event_max; ++i) {
    if (!socket_.is_readable() || has_input_ended())
      return;
    socket_.discard();
  }
  take_up_soon(owner);
}

// -- output -------------------------------------------------------------------

void shard_stream::append(std::string_view bytes) {
  socket_.append(bytes);
  if (!is_to_be_written_out_ && socket_.is_writable() && unsent_bytes() > 0) {
    is_to_be_written_out_ = true;
    where().write_out_later(*this);
  }
}

void shard_stream::write_out() {
  is_to_be_written_out_ = false;
  flush();
}

// -- the end ------------------------------------------------------------------

void shard_stream::linger() {
  is_lingering_ = true;
  pending_.reset();
  early_.reset();
  socket_.shut_down_output();
}

void shard_stream::close(event_source& owner) noexcept {
  if (!is_open())
    return;
  if (is_to_be_called_again_)
    where().forget(owner);
  socket_.close();
  pending_.reset();
  early_.reset();
}

} // namespace signalbox
