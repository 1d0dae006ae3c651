// A token, taken or refused: up to three times per inbound message.

#include "actors/token_bucket.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;

namespace {

constexpr message_rate ample{1'000'000'000'000};
constexpr message_rate scarce{1};

template <class Bucket>
void take(benchmark::State& state, Bucket& bucket, const message_rate& rate) {
  double now = 1000;
  for (auto _ : state) {
    now += 1e-6;
    benchmark::DoNotOptimize(bucket.try_take(rate, now));
  }
  state.SetItemsProcessed(state.iterations());
}

void plain(benchmark::State& state) {
  token_bucket bucket;
  take(state, bucket, ample);
}
BENCHMARK(plain);

void plain_refused(benchmark::State& state) {
  token_bucket bucket;
  take(state, bucket, scarce);
}
BENCHMARK(plain_refused);

/// One address, connected to one shard and to two at once.
void shared(benchmark::State& state) {
  static shared_token_bucket bucket;
  take(state, bucket, ample);
}
BENCHMARK(shared)->Threads(1)->Threads(2)->UseRealTime();

} // namespace
