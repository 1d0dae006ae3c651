// A client's plain frame: once per message, the mask taken off in place.

#include "net/client_frames.hpp"
#include "tests/bench/texts.hpp"

#include <benchmark/benchmark.h>

#include <string>

using namespace signalbox;

namespace {

/// With the mask 0, so that it can be read any number of times: it is taken off
/// all the same.
std::string masked_frame(const std::string& text) {
  std::string frame{"\x81\xfe\0\0\0\0\0\0", 8};
  frame[2] = static_cast<char>(text.size() >> 8);
  frame[3] = static_cast<char>(text.size());
  return frame + text;
}

void read_plain(benchmark::State& state) {
  auto frame =
    masked_frame(bench::offer(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state)
    benchmark::DoNotOptimize(read_plain_frame(frame, 65535));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_plain)->Arg(200)->Arg(3000);

/// What Beast gets: pings, fragments, text that is not ASCII.
void follow(benchmark::State& state) {
  const auto frame =
    masked_frame(bench::offer(static_cast<std::size_t>(state.range(0))));
  frame_tracker tracker;
  for (auto _ : state)
    benchmark::DoNotOptimize(tracker.follow(frame));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(follow)->Arg(200);

} // namespace
