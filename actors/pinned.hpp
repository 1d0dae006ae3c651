// The base of all our actors: it lives on one shard for life, it counts what it
// handles, and when it fails the supervisor hears of it.

#pragma once

#include "actors/home.hpp"
#include "actors/lean_actor.hpp"
#include "actors/message_types.hpp"

#include <exception>
#include <utility>

namespace signalbox {

/// Runs the actor of `Interface` on its home's thread, whoever sends.
template <class Interface>
class pinned : public lean_actor<typename Interface::base>,
               public actor_record {
public:
  using super = lean_actor<typename Interface::base>;
  using handle_type = Interface;

  pinned(caf::actor_config& config, home& where, actor_kind kind)
    : super(config), actor_record(kind), home_(where) {
    this->set_exception_handler(
      [this](std::exception_ptr& x) { return describe(x); });
    // Without this, a message that nobody asked for would be printed on stdout.
    this->set_default_handler(caf::drop);
  }

  using super::consume;
  using super::enqueue;

  void enqueue(caf::mailbox_element_ptr element,
               caf::execution_unit* sender_unit) override {
    super::enqueue(std::move(element), home_.unit ? home_.unit : sender_unit);
  }

  const char* name() const override { return name_of(kind()).data(); }

  bool is_at(const home& where) const noexcept { return &home_ == &where; }

  // -- what it counts ---------------------------------------------------------

  caf::resumable::resume_result resume(caf::execution_unit* unit,
                                       std::size_t messages_max) override {
    if constexpr (SIGNALBOX_STATISTICS) {
      const auto mailbox = mailbox_now();
      const auto messages_before = statistics_.messages;
      own_time time{home_.ticks_of_others};
      const auto result = resume_and_forget(unit, messages_max);
      // Whoever called holds it still.
      count_turn(mailbox, statistics_.messages - messages_before, time.ticks());
      return result;
    } else {
      return resume_and_forget(unit, messages_max);
    }
  }

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    home_.current = this;
    this->current_mailbox_element(&x);
    if (!x.mid.is_response() && handle_at_once(x))
      return caf::invoke_message_result::consumed;
    if constexpr (SIGNALBOX_STATISTICS)
      count_message(types::index_of(x));
    return super::consume(x);
  }

  caf::actor_id actor() const noexcept final { return this->id(); }

  std::uint64_t mailbox_now() noexcept final { return this->mailbox_size(); }

  actor_label label() const noexcept override { return {}; }

  actor_facts look() final {
    actor_facts result;
    result.id = this->id();
    result.kind = kind();
    result.shard = home_.shard;
    result.mailbox_now = mailbox_now();
    result.mailbox_max = std::max<std::uint64_t>(statistics_.mailbox_max,
                                                 result.mailbox_now);
    result.handled = statistics_.messages;
    result.handling_time = tick_clock::duration(statistics_.ticks);
    result.age = age();
    result.restarts = restarts();
    const auto about = label();
    result.session = about.session;
    result.room = about.room;
    return result;
  }

  actor_details look_closely() final {
    actor_details result{look(), {}, statistics_.histogram()};
    for (std::size_t i = 0; i < by_type_.size(); ++i)
      if (by_type_[i] > 0)
        result.handled_by_type.emplace_back(types::name_of(i), by_type_[i]);
    return result;
  }

protected:
  using types = message_types<Interface>;

  home& home_;

  /// Handles `x` by `handle` or `handle_request` if it is of a type that comes
  /// as often as clients speak, come or go; false for any other. The behavior
  /// would do the same, after a search that costs more than what is done. Such
  /// an actor must not `await` answers.
  virtual bool handle_at_once(caf::mailbox_element&) { return false; }

  /// Calls `f` with the values in `x`, if they were sent behind `Word`, are of
  /// these types, and nobody waits for an answer; else false.
  template <class Word, class... Ts, class F>
  bool handle(caf::mailbox_element& x, F f) {
    if (!x.mid.is_async())
      return false;
    const auto call = [&f](const Ts&... values) {
      f(values...);
      return caf::delegated<void>{};
    };
    return call_with<Word, Ts...>(x, call);
  }

  /// The same for a request, whose answer `f` returns as a behavior would.
  template <class Word, class... Ts, class F>
  bool handle_request(caf::mailbox_element& x, F f) {
    return x.mid.is_request() && call_with<Word, Ts...>(x, f);
  }

  /// Calls `f`, which does what a message behind `Word` would have this actor
  /// do, if it is idle: past mailbox and queue, as that message would have been
  /// the next one anyway. False if it is not; then the message is to be sent.
  /// `f` may throw, as a handler may. It must not quit, nor answer, nor use the
  /// buffers of the shard, as an event may be in hand. REQUIRES: the home's
  /// thread, a handle held by the caller, and that nobody is just calling this
  /// actor past its mailbox otherwise, as a session's transport does: that
  /// claims nothing.
  template <class Word, class F>
  bool act_now(F f) {
    if (!home_.unit || !this->try_claim())
      return false;
    static_assert(types::index_of(Word::value) < types::count - 2,
                  "the interface does not know this word");
    if constexpr (SIGNALBOX_STATISTICS) {
      own_time time{home_.ticks_of_others};
      call_or_end(f);
      count_message(types::index_of(Word::value));
      count_turn(1, 1, time.ticks());
    } else {
      call_or_end(f);
    }
    this->end_claim(*home_.unit);
    return true;
  }

  /// A handle to oneself, typed.
  Interface self_handle() { return caf::actor_cast<Interface>(this->ctrl()); }

  /// Since it was listed.
  std::chrono::nanoseconds age() const noexcept {
    return home_.turn_start - listed_at();
  }

  /// Puts the actor into its home's registry. REQUIRES: the home's thread.
  void enlist() noexcept { home_.actors.add(*this, home_.turn_start); }

  void unlist() noexcept { home_.actors.remove(*this); }

  /// The actor has ended. Who is still needed stays listed.
  virtual void ended() noexcept { unlist(); }

  void initialize() override {
    enlist();
    super::initialize();
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    ended();
    return super::cleanup(std::move(reason), host);
  }

private:
  // What an actor takes of its shard's thread, without what it has others do
  // meanwhile (`act_now`).
  class own_time {
  public:
    explicit own_time(std::uint64_t& of_others) noexcept
      : of_others_(of_others), before_(std::exchange(of_others, 0)) {
      // nop
    }

    ~own_time() { of_others_ = before_ + all_; }

    own_time(const own_time&) = delete;
    own_time& operator=(const own_time&) = delete;

    /// So far. To be called once.
    std::uint64_t ticks() noexcept {
      all_ = tick_clock::since(begin_);
      return all_ > of_others_ ? all_ - of_others_ : 0;
    }

  private:
    std::uint64_t& of_others_;
    const std::uint64_t before_;
    std::uint64_t all_ = 0;
    const std::uint64_t begin_ = tick_clock::now();
  };

  // As CAF does with a handler that throws.
  template <class F>
  void call_or_end(F& f) {
    try {
      f();
    } catch (...) {
      end_by(std::current_exception());
    }
  }

  // What throws even here ends the process, as it does in a turn of its own.
  void end_by(std::exception_ptr thrown) noexcept {
    this->context(home_.unit);
    this->quit(describe(thrown));
    this->finalize();
  }

  // No message is in hand afterwards.
  caf::resumable::resume_result resume_and_forget(caf::execution_unit* unit,
                                                  std::size_t messages_max) {
    const auto result = super::resume(unit, messages_max);
    this->current_mailbox_element(nullptr);
    return result;
  }

  template <class Word, class... Ts, class F>
  bool call_with(caf::mailbox_element& x, const F& f) {
    const auto* content = content_of<Word, Ts...>(x);
    if (!content)
      return false;
    if constexpr (SIGNALBOX_STATISTICS)
      count_message(types::index_of(Word::value));
    answer(std::apply([&f](caf::atom_value,
                           const Ts&... values) { return f(values...); },
                      *content));
    return true;
  }

  // Afterwards: a handler that throws is answered for by CAF.
  template <class T>
  void answer(caf::result<T> x) {
    if (x.flag == caf::rt_value)
      this->make_response_promise().deliver(std::move(x.value));
    else if (x.flag == caf::rt_error)
      this->make_response_promise().deliver(std::move(x.err));
  }

  template <class T>
  void answer(caf::delegated<T>) noexcept {
    // Others do.
  }

  void count_turn(std::uint64_t mailbox, std::uint64_t messages,
                  std::uint64_t spent) noexcept {
    statistics_.saw_mailbox(mailbox);
    statistics_.handled(messages, spent, home_.handling_bounds);
    home_.actors.count_turn(kind(), mailbox, messages, spent);
  }

  void count_message(std::size_t type) noexcept {
    ++statistics_.messages;
    ++by_type_[type];
  }

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
      this->send(home_.supervisor, failed_atom_v, kind(), reason);
    return reason;
  }

  std::array<std::uint64_t, types::count> by_type_{};
};

/// The actor behind `handle`, if it is of this class and at home here; else
/// null. For who holds the handle, and asks once.
template <class Actor, class Handle>
Actor* neighbour(const Handle& handle, const home& here) {
  auto* result =
    dynamic_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(handle));
  return result && result->is_at(here) ? result : nullptr;
}

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
