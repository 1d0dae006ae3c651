#include "actors/caretaker.hpp"

#include "actors/session.hpp"

namespace signalbox {

caretaker::caretaker(caf::actor_config& config, home& where,
                     supervisor_actor supervisor)
  : pinned(config, where, actor_kind::caretaker),
    supervisor_(std::move(supervisor)) {
  // nop
}

caretaker::behavior_type caretaker::make_behavior() {
  home_.caretaker = self_handle();
  home_.supervisor = supervisor_;
  return {
    [this](beat_atom) {
      home_.wheel.advance(home_.turn_start);
      home_.actors.forget_old_mailboxes(home_.turn_start);
      drain_some();
    },
    [this](keeper_atom, const key_keeper_actor& keeper) {
      home_.key_keeper = keeper;
    },
    [this](drain_atom, caf::timespan within) { return start_drain(within); },
    [this](cancel_atom) { end_drain(); },
  };
}

caf::result<drained_atom> caretaker::start_drain(caf::timespan within) {
  std::uint64_t present = 0;
  for (auto* x = session::first_of(home_); x; x = x->next_sibling())
    ++present;
  auto promise = make_response_promise<drained_atom>();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(within);
  drain_.emplace(
    drain{drain_schedule{ms, present}, home_.turn_start, within, 0, promise});
  drain_some();
  return promise;
}

void caretaker::drain_some() {
  if (!drain_)
    return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
    home_.turn_start - drain_->started);
  const auto due = drain_->schedule.closes_due(elapsed);
  const auto is_over = elapsed >= drain_->within;
  session* next = nullptr;
  for (auto* x = session::first_of(home_); x; x = next) {
    next = x->next_sibling();
    if (is_over) {
      x->drop();
    } else if (!x->is_closing() && drain_->closes < due) {
      x->end(ec::draining);
      ++drain_->closes;
    }
  }
  if (!session::first_of(home_))
    end_drain();
}

void caretaker::end_drain() {
  if (!drain_)
    return;
  drain_->done.deliver(drained_atom_v);
  drain_.reset();
}

void caretaker::on_exit() {
  if (home_.caretaker == self_handle())
    home_.caretaker = nullptr;
  drain_.reset();
}

} // namespace signalbox
