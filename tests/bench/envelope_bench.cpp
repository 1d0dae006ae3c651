// One message between nodes: into its envelope, and out of it again.

#include "backplane/envelope.hpp"
#include "tests/bench/texts.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;

namespace {

constexpr auto sender = "sb:abcdefwxyz27:0:1f";
constexpr auto node = "abcdefwxyz27";

void count(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(bytes));
}

void write(benchmark::State& state, const std::string& message) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_envelope(out, sender, message, node);
    benchmark::DoNotOptimize(out.data());
  }
  count(state, out.size());
}

void read(benchmark::State& state, const std::string& message) {
  envelope_parser parser{1'000'000};
  std::string text;
  append_envelope(text, sender, message, node);
  if (!parser.parse(text))
    return state.SkipWithError("not an envelope");
  for (auto _ : state)
    benchmark::DoNotOptimize(parser.parse(text));
  count(state, text.size());
}

BENCHMARK_CAPTURE(write, candidate_200, bench::candidate());
BENCHMARK_CAPTURE(write, offer_3000, bench::offer(3000));
BENCHMARK_CAPTURE(read, candidate_200, bench::candidate());
BENCHMARK_CAPTURE(read, candidate_nested, bench::nested_candidate());
BENCHMARK_CAPTURE(read, offer_3000, bench::offer(3000));
BENCHMARK_CAPTURE(read, offer_65536, bench::offer(65536));

} // namespace
