// The base of all our actors: it lives on one shard for life, and when it fails
// the supervisor hears of it.

#pragma once

#include "actors/home.hpp"

namespace signalbox {

/// Runs the actor of `Interface` on its home's thread, whoever sends.
template <class Interface>
class pinned : public Interface::base {
public:
  using super = typename Interface::base;
  using handle_type = Interface;

  pinned(caf::actor_config& config, home& where, actor_kind kind)
    : super(config), home_(where), kind_(kind) {
    this->set_exception_handler(
      [this](std::exception_ptr& x) { return describe(x); });
    // Without this, a message that nobody asked for would be printed on stdout.
    this->set_default_handler(caf::drop);
  }

  using super::enqueue;

  void enqueue(caf::mailbox_element_ptr element,
               caf::execution_unit* sender_unit) override {
    super::enqueue(std::move(element), home_.unit ? home_.unit : sender_unit);
  }

  const char* name() const override { return name_of(kind_).data(); }

protected:
  home& home_;
  const actor_kind kind_;

  /// A handle to oneself, typed.
  Interface self_handle() { return caf::actor_cast<Interface>(this->ctrl()); }

private:
  // A handler threw: nobody else would ever know why this actor ended.
  caf::error describe(std::exception_ptr& thrown) {
    std::string what = "unknown exception";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {
    }
    auto reason = error_of(ec::internal, std::move(what));
    if (home_.supervisor)
      this->send(home_.supervisor, failed_atom_v, kind_, reason);
    return reason;
  }
};

/// Spawns `Actor` at `where`; callable from any thread. Hidden: the process
/// ends when main says so, not when the last actor is gone.
template <class Actor, class... Ts>
typename Actor::handle_type
spawn_at(caf::actor_system& system, home& where, Ts&&... xs) {
  caf::actor_config config{where.unit};
  config.flags |= caf::abstract_actor::is_hidden_flag;
  auto handle = caf::make_actor<Actor, typename Actor::handle_type>(
    system.next_actor_id(), system.node(), &system, config, where,
    std::forward<Ts>(xs)...);
  auto* self =
    static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(handle));
  auto* unit = where.unit ? where.unit : system.dummy_execution_unit();
  self->launch(unit, false, true);
  return handle;
}

} // namespace signalbox
