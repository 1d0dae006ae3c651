// One message from bytes to verdict.

#include "schema/validator.hpp"
#include "tests/bench/texts.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;

namespace {

void validate(benchmark::State& state, const std::string& text) {
  validator judge{65536};
  if (!judge.check(text).is_valid())
    return state.SkipWithError("not a valid message");
  for (auto _ : state)
    benchmark::DoNotOptimize(judge.check(text));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(validate, candidate_200, bench::candidate());
BENCHMARK_CAPTURE(validate, candidate_nested, bench::nested_candidate());
BENCHMARK_CAPTURE(validate, offer_3000, bench::offer(3000));
BENCHMARK_CAPTURE(validate, offer_65536, bench::offer(65536));

} // namespace
