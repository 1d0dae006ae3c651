#include "actors/inspector.hpp"

namespace signalbox {

inspector::look::look(home& where, inquiry_ptr what,
                      caf::typed_response_promise<findings_ptr> promise)
  : question(std::move(what)),
    searched(make_search(where, *question)),
    walk(where.actors, searched->kinds()),
    answer(std::move(promise)) {
  // nop
}

inspector::inspector(caf::actor_config& config, home& where)
  : pinned(config, where, actor_kind::inspector) {
  // nop
}

inspector::behavior_type inspector::make_behavior() {
  return {
    [this](look_atom, const inquiry_ptr& question) { return begin(question); },
    [this](go_on_atom) {
      is_turn_asked_for_ = false;
      go_on();
    },
  };
}

caf::result<findings_ptr> inspector::begin(const inquiry_ptr& question) {
  auto promise = make_response_promise<findings_ptr>();
  looks_.push_back(std::make_unique<look>(home_, question, promise));
  if (!is_turn_asked_for_)
    go_on();
  return promise;
}

void inspector::go_on() {
  look_around();
  if (looks_.empty() || std::exchange(is_turn_asked_for_, true))
    return;
  home_.in_next_turn(
    [me = self_handle()] { caf::anon_send(me, go_on_atom_v); });
}

void inspector::look_around() {
  const turn_share::use time{home_.looking, home_.turn_start};
  if (home_.in_next_turn && time.is_too_late())
    return;
  while (!looks_.empty()) {
    auto x = std::move(looks_.front());
    looks_.pop_front();
    if (!advance(*x, time))
      return looks_.push_back(std::move(x));
    if (is_over(time))
      return;
  }
}

// True if it has been answered.
bool inspector::advance(look& x, const turn_share::use& time) {
  do {
    for (std::size_t i = 0; i < looks_at_once; ++i) {
      auto* next = x.walk.next();
      if (next && x.searched->visit(*next))
        continue;
      x.answer.deliver(std::make_shared<findings>(x.searched->result()));
      return true;
    }
  } while (!is_over(time));
  return false;
}

// Where there are no turns, all is done at once.
bool inspector::is_over(const turn_share::use& time) const {
  return home_.in_next_turn && time.is_over();
}

// A promise refers back to its actor.
void inspector::on_exit() {
  looks_.clear();
}

} // namespace signalbox
