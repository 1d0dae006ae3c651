// Frames: once per message encoded, once per batch cut.

#include "schema/frames.hpp"
#include "tests/bench/texts.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;

namespace {

void encode(benchmark::State& state) {
  const auto text = bench::offer(static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_text_frame(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode)->Arg(200)->Arg(3000)->Arg(65536);

/// As a session does it for a batch: into a string that has no memory yet.
void encode_first(benchmark::State& state) {
  const auto text = bench::candidate();
  for (auto _ : state) {
    std::string out;
    append_text_frame(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_first);

void cut(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::string frames;
  for (std::size_t i = 0; i < count; ++i)
    append_text_frame(frames, bench::candidate());
  for (auto _ : state)
    benchmark::DoNotOptimize(prefix_size(frames, count));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(cut)->Arg(1)->Arg(8);

} // namespace
