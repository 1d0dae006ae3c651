// A stream's two ways over a socket pair. `socket_pair_only` is what the kernel
// takes of both: what is above it is ours.

#include "net/shard_stream.hpp"
#include "schema/frames.hpp"
#include "tests/bench/texts.hpp"
#include "tests/support/shard_fixture.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/stream_fixture.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <sys/epoll.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

// Few enough for the kernel to hold them all.
constexpr int frames_per_round = 64;

std::string candidate_frame() {
  std::string result;
  append_text_frame(result, bench::candidate());
  return result;
}

void socket_pair_only(benchmark::State& state) {
  const auto frame = candidate_frame();
  socket_pair sockets;
  std::array<char, 4096> buffer;
  for (auto _ : state) {
    sockets.send(frame);
    benchmark::DoNotOptimize(
      ::recv(sockets.near.get(), buffer.data(), buffer.size(), 0));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(socket_pair_only);

/// One frame, one `send`; the reading at the other end is in a round's time.
void append_and_write_out(benchmark::State& state) {
  const auto frame = candidate_frame();
  one_stream x;
  x.turns();
  std::vector<char> buffer(shard::buffer_bytes);
  while (state.KeepRunningBatch(frames_per_round)) {
    for (int i = 0; i < frames_per_round; ++i) {
      x.stream().append(frame);
      x.stream().write_out();
    }
    benchmark::DoNotOptimize(
      ::recv(x.sockets.far.get(), buffer.data(), buffer.size(), 0));
    // Takes the stream off the list of what is to be written.
    x.turns();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_and_write_out);

/// As in a turn with many messages: all leave with one `send`.
void append_many_and_write_out(benchmark::State& state) {
  const auto frame = candidate_frame();
  one_stream x;
  x.turns();
  std::vector<char> buffer(shard::buffer_bytes);
  while (state.KeepRunningBatch(frames_per_round)) {
    x.in_turn([&] {
      for (int i = 0; i < frames_per_round; ++i)
        x.stream().append(frame);
    });
    benchmark::DoNotOptimize(
      ::recv(x.sockets.far.get(), buffer.data(), buffer.size(), 0));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_many_and_write_out);

/// Reads for ever, into a buffer of its own, as Beast does.
class reader {
public:
  explicit reader(shard_stream& stream) : stream_(stream) { read_next(); }

  std::int64_t bytes() const { return bytes_; }

private:
  void read_next() {
    stream_.async_read_some(boost::asio::buffer(buffer_),
                            [this](boost::system::error_code,
                                   std::size_t size) {
                              bytes_ += static_cast<std::int64_t>(size);
                              read_next();
                            });
  }

  shard_stream& stream_;
  std::array<char, 1536> buffer_;
  std::int64_t bytes_ = 0;
};

/// One event with one frame; the peer's `send` is in the time.
void take_up(benchmark::State& state) {
  const auto frame = candidate_frame();
  one_stream x;
  x.turns();
  reader reads{x.stream()};
  for (auto _ : state) {
    x.sockets.send(frame);
    x.stream().take_up(EPOLLIN, *x.source);
  }
  if (reads.bytes()
      != state.iterations() * static_cast<std::int64_t>(frame.size()))
    state.SkipWithError("bytes were lost");
  x.stream().close(*x.source);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(take_up);

} // namespace
