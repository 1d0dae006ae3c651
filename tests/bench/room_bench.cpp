// One batch from a room to all its members, who append it to an output: actors
// on a real shard. One batch is under way at a time, so each wakes its room,
// and finds the members idle.

#include "actors/room.hpp"
#include "actors/room_directory.hpp"
#include "actors/session.hpp"
#include "schema/frames.hpp"
#include "tests/bench/texts.hpp"
#include "tests/support/shard_fixture.hpp"

#include <benchmark/benchmark.h>

using namespace signalbox;
using namespace signalbox::test;

namespace {

// A turn has a system call; this many batches share it.
constexpr int batches_per_turn = 64;

/// A session without a socket.
class hearer final : public session {
public:
  using session::session;

  /// Called when a batch has arrived.
  std::function<void()> then;

  void drop() override { closed(); }

protected:
  void write(std::string_view frames) override {
    // Each turn's end empties a real one; it stays small and warm.
    output_.clear();
    output_.append(frames);
    if (then)
      then();
  }

  std::size_t unsent_bytes() const noexcept override { return 0; }

  std::size_t flush() override { return 0; }

  void write_close(close_reason) override {}

  void start_reading() override {}

private:
  std::string output_;
};

class full_room : public shard_fixture {
public:
  explicit full_room(std::uint64_t members) {
    // No limit is to act; the fixture's own options are not constant.
    const_cast<options&>(at().settings).room_capacity = members;
    at().room_rate = message_rate{1'000'000'000'000};
    spawn_on<room_directory>(0);
    turns();
    for (std::uint64_t i = 0; i < members; ++i) {
      session_start start;
      start.room = "lobby";
      auto who = spawn_on<hearer>(0, std::move(start));
      turns();
      last_ = static_cast<hearer*>(caf::actor_cast<caf::abstract_actor*>(who));
      last_->opened();
      turns();
    }
    auto* lobby = static_cast<room*>(at().actors.first(actor_kind::room));
    room_ = caf::actor_cast<room_actor>(lobby->ctrl());
    // The last one to hear a batch sets off the next one.
    last_->then = [this] {
      ++heard_;
      if (--left_ > 0)
        relay();
    };
  }

  void relay_all(int count, const batch_ptr& batch) {
    left_ = count;
    batch_ = batch;
    in_turn([this] { relay(); });
  }

  std::int64_t heard() const { return heard_; }

private:
  void relay() { caf::anon_send(room_, relay_atom_v, session_id{0}, batch_); }

  room_actor room_;
  hearer* last_ = nullptr;
  batch_ptr batch_;
  int left_ = 0;
  std::int64_t heard_ = 0;
};

batch_ptr batch_of_candidates(std::int64_t count) {
  auto result = std::make_shared<relay_batch>();
  for (; result->messages < count; ++result->messages)
    append_text_frame(result->frames, bench::candidate());
  result->taken_up = home::clock::now();
  return result;
}

/// An operation is a batch, an item a message delivered.
void fan_out(benchmark::State& state) {
  full_room x{static_cast<std::uint64_t>(state.range(1))};
  const auto batch = batch_of_candidates(state.range(0));
  while (state.KeepRunningBatch(batches_per_turn))
    x.relay_all(batches_per_turn, batch);
  if (x.heard() != state.iterations())
    state.SkipWithError("a batch was lost");
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(fan_out)
  ->ArgNames({"messages", "members"})
  ->ArgsProduct({{1, 8}, {1, 9, 99}});

} // namespace
