// CAF's event-based actor with a shorter way out of the mailbox. CAF takes each
// message through rounds of four queues and looks for streams and for timeouts
// to receive, which costs more than what is done for it. Such an actor must
// have neither; ours have not.

#pragma once

#include <caf/all.hpp>

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <typeinfo>

namespace signalbox {

// What a mailbox consists of is no promise of CAF's.
static_assert(CAF_VERSION / 100 == 17,
              "look at CAF's scheduled_actor::resume "
              "before using another version");

/// What is in `x`, the word first, for who knows what to look for: CAF's search
/// in a behavior takes longer. Null unless it was sent as `Word` and values of
/// these types.
template <class Word, class... Ts>
const std::tuple<caf::atom_value, Ts...>*
content_of(const caf::mailbox_element& x) noexcept {
  using element = caf::mailbox_element_vals<caf::atom_value, Ts...>;
  // Two names of one type, as there might be in two libraries, would but send
  // `x` the long way; comparing what the names say costs more than the rest.
  if (typeid(x).name() != typeid(element).name())
    return nullptr;
  const auto& content = static_cast<const element&>(x).data();
  return std::get<0>(content) == Word::value ? &content : nullptr;
}

/// `Base`: an event-based actor of CAF's.
template <class Base>
class lean_actor : public Base {
public:
  using Base::Base;

  /// As CAF's: until the mailbox is empty, or after so many messages. Of those
  /// that have come when it begins the urgent ones come first, all else in the
  /// order it came.
  caf::resumable::resume_result resume(caf::execution_unit* unit,
                                       std::size_t messages_max) override {
    const auto has_begun = this->getf(Base::is_initialized_flag)
                           && !this->getf(Base::is_cleaned_up_flag);
    if (has_begun)
      this->context(unit);
    else if (!this->activate(unit))
      return caf::resumable::done;
    for (std::size_t i = 0; i < messages_max; ++i) {
      auto x = next_message();
      if (!x) {
        if (this->mailbox().try_block())
          return caf::resumable::awaiting_message;
        // Another thread has sent one meanwhile.
        continue;
      }
      switch (this->reactivate(*x)) {
        case Base::activation_result::terminated:
          return caf::resumable::done;
        case Base::activation_result::skipped:
          put_aside(std::move(x));
          return Base::resume(unit, messages_max);
        case Base::activation_result::success:
        case Base::activation_result::dropped:
          break;
      }
    }
    return this->mailbox().try_block() ? caf::resumable::awaiting_message
                                       : caf::resumable::resume_later;
  }

protected:
  /// How many messages wait.
  /// Counting takes the messages over from those who send: it must not be done
  /// while the actor waits to be woken (CAF would never wake it), nor later.
  std::uint64_t mailbox_size() noexcept {
    auto& box = this->mailbox();
    if (box.blocked() || box.closed())
      return 0;
    box.fetch_more();
    return urgent().total_task_size() + normal().total_task_size();
  }

  /// Takes an actor that waits with an empty mailbox: what is sent to it from
  /// now on stays there until `end_claim`. False, and nothing is done, for one
  /// that handles a message, has one waiting, has not begun or has ended.
  bool try_claim() noexcept { return this->mailbox().try_unblock(); }

  /// It waits again; or runs at `unit`, if it was sent something meanwhile.
  void end_claim(caf::execution_unit& unit) noexcept {
    auto& box = this->mailbox();
    if (box.closed() || box.try_block())
      return;
    caf::intrusive_ptr_add_ref(this->ctrl());
    unit.exec_later(this);
  }

private:
  auto& urgent() noexcept {
    return std::get<Base::urgent_queue_index>(this->mailbox().queue().queues());
  }

  auto& normal() noexcept {
    return std::get<Base::normal_queue_index>(this->mailbox().queue().queues());
  }

  // Where CAF's own rounds put what is skipped. (`push_to_cache` counts it
  // twice.)
  void put_aside(caf::mailbox_element_ptr x) noexcept {
    if (x->is_high_priority())
      urgent().cache().push_back(x.release());
    else
      normal().cache().push_back(x.release());
  }

  caf::mailbox_element_ptr next_message() noexcept {
    if (urgent().empty() && normal().empty())
      this->mailbox().fetch_more();
    return urgent().empty() ? normal().take_front() : urgent().take_front();
  }
};

} // namespace signalbox
