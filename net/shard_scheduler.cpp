#include "net/shard_scheduler.hpp"

#include <caf/all.hpp>
#include <caf/monitorable_actor.hpp>

#include <pthread.h>
#include <string>

namespace signalbox {

namespace {

// What CAF wants to print (it does for unhandled messages and exceptions of
// actors that are not ours) has no place between JSON lines.
class silent_printer : public caf::monitorable_actor {
public:
  explicit silent_printer(caf::actor_config& config)
    : caf::monitorable_actor(config) {
    // nop
  }

  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override {
    // nop
  }
};

caf::actor_clock* clock_here() noexcept {
  auto* here = shard::current();
  return here ? &here->actor_clock() : nullptr;
}

} // namespace

shard_system_config::shard_system_config(std::size_t shards) {
  set("scheduler.max-threads", shards);
  load<shard_scheduler>();
}

shard_scheduler::shard_scheduler(caf::actor_system& system)
  : abstract_coordinator(system) {
  // nop
}

caf::actor_system::module* shard_scheduler::make(caf::actor_system& system,
                                                 caf::detail::type_list<>) {
  return new shard_scheduler(system);
}

void shard_scheduler::start() {
  for (std::size_t i = 0; i < num_workers_; ++i)
    shards_.push_back(
      std::make_unique<shard>(system(), static_cast<std::uint32_t>(i)));
  caf::actor_config config{shards_.front().get()};
  utility_actors_[printer_id] = caf::make_actor<silent_printer, caf::actor>(
    system().next_actor_id(), system().node(), &system(), config);
}

void shard_scheduler::run() {
  for (auto& x : shards_) {
    threads_.emplace_back([this, &x] {
      auto name = "shard-" + std::to_string(x->index());
      pthread_setname_np(pthread_self(), name.c_str());
      system().thread_started();
      x->run();
      system().thread_terminates();
    });
  }
}

void shard_scheduler::join() {
  for (auto& x : shards_)
    x->stop();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

// Called when the actor system is destroyed. CAF's internal actors have got
// their exits by now: where the shards have been joined before, run them here.
void shard_scheduler::stop() {
  if (threads_.empty() && !shards_.empty())
    run();
  join();
  utility_actors_[printer_id] = nullptr;
  shards_.clear();
}

void shard_scheduler::enqueue(caf::resumable* job) {
  // Only actors that are not ours come this way, CAF's internal ones.
  shards_.front()->exec_later(job);
}

caf::actor_clock& shard_scheduler::clock() noexcept {
  return clock_;
}

// -- the clock ----------------------------------------------------------------

// From a thread that is not a shard's, nothing can be scheduled (main sends
// messages only) and there is nothing to cancel.

caf::actor_clock::time_point
shard_scheduler::routing_clock::now() const noexcept {
  auto* here = shard::current();
  return here ? here->turn_start() : clock_type::now();
}

void shard_scheduler::routing_clock::set_ordinary_timeout(
  time_point t, caf::abstract_actor* self, caf::atom_value type, uint64_t id) {
  if (auto* x = clock_here())
    x->set_ordinary_timeout(t, self, type, id);
}

void shard_scheduler::routing_clock::set_multi_timeout(
  time_point t, caf::abstract_actor* self, caf::atom_value type, uint64_t id) {
  if (auto* x = clock_here())
    x->set_multi_timeout(t, self, type, id);
}

void shard_scheduler::routing_clock::set_request_timeout(
  time_point t, caf::abstract_actor* self, caf::message_id id) {
  if (auto* x = clock_here())
    x->set_request_timeout(t, self, id);
}

void shard_scheduler::routing_clock::cancel_ordinary_timeout(
  caf::abstract_actor* self, caf::atom_value type) {
  if (auto* x = clock_here())
    x->cancel_ordinary_timeout(self, type);
}

void shard_scheduler::routing_clock::cancel_request_timeout(
  caf::abstract_actor* self, caf::message_id id) {
  if (auto* x = clock_here())
    x->cancel_request_timeout(self, id);
}

void shard_scheduler::routing_clock::cancel_timeouts(
  caf::abstract_actor* self) {
  if (auto* x = clock_here())
    x->cancel_timeouts(self);
}

void shard_scheduler::routing_clock::schedule_message(
  time_point t, caf::strong_actor_ptr receiver,
  caf::mailbox_element_ptr content) {
  if (auto* x = clock_here())
    x->schedule_message(t, std::move(receiver), std::move(content));
}

void shard_scheduler::routing_clock::schedule_message(
  time_point t, caf::group target, caf::strong_actor_ptr sender,
  caf::message content) {
  if (auto* x = clock_here())
    x->schedule_message(t, std::move(target), std::move(sender),
                        std::move(content));
}

void shard_scheduler::routing_clock::cancel_all() {
  if (auto* x = clock_here())
    x->cancel_all();
}

} // namespace signalbox
