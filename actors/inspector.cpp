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
  std::size_t looks_left = looks_per_turn;
  while (!looks_.empty() && looks_left > 0) {
    auto x = std::move(looks_.front());
    looks_.pop_front();
    if (!advance(*x, looks_left))
      looks_.push_back(std::move(x));
  }
  if (looks_.empty() || std::exchange(is_turn_asked_for_, true))
    return;
  if (!home_.in_next_turn)
    return send(self_handle(), go_on_atom_v);
  home_.in_next_turn(
    [me = self_handle()] { caf::anon_send(me, go_on_atom_v); });
}

// True if it has been answered.
bool inspector::advance(look& x, std::size_t& looks_left) {
  for (; looks_left > 0; --looks_left) {
    auto* next = x.walk.next();
    if (next && x.searched->visit(*next))
      continue;
    x.answer.deliver(std::make_shared<findings>(x.searched->result()));
    return true;
  }
  return false;
}

// A promise refers back to its actor.
void inspector::on_exit() {
  looks_.clear();
}

} // namespace signalbox
