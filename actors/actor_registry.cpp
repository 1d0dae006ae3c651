#include "actors/actor_registry.hpp"

#include <algorithm>

namespace signalbox {

void actor_registry::add(actor_record& x,
                         std::chrono::steady_clock::time_point now) noexcept {
  if (x.is_listed_)
    return;
  auto& in = lists_[index_of(x.kind_)];
  x.is_listed_ = true;
  x.listed_at_ = now;
  if (is_subsystem(x.kind_))
    x.restarts_ = static_cast<std::uint32_t>(in.starts);
  x.previous_ = in.last;
  (in.last ? in.last->next_ : in.first) = &x;
  in.last = &x;
  ++in.count;
  ++in.starts;
  figures_.actors[index_of(x.kind_)].add();
}

void actor_registry::remove(actor_record& x) noexcept {
  if (!x.is_listed_)
    return;
  x.is_listed_ = false;
  for (auto* each : walks_)
    if (each->next_ == &x)
      each->next_ = x.next_;
  auto& in = lists_[index_of(x.kind_)];
  (x.previous_ ? x.previous_->next_ : in.first) = x.next_;
  (x.next_ ? x.next_->previous_ : in.last) = x.previous_;
  x.previous_ = x.next_ = nullptr;
  --in.count;
  figures_.actors[index_of(x.kind_)].subtract();
}

void actor_registry::forget_old_mailboxes(
  std::chrono::steady_clock::time_point now) noexcept {
  if (now - window_start_ < std::chrono::seconds{1})
    return;
  window_start_ = now;
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    auto& longest = lists_[i].longest_mailbox;
    longest.end_window();
    figures_.longest_mailbox[i].set(longest.value());
  }
}

kind_facts actor_registry::sums(actor_kind kind) const noexcept {
  const auto& in = lists_[index_of(kind)];
  kind_facts result;
  result.count = in.count;
  result.mailbox_max = in.mailbox_max;
  result.handled = in.handled;
  result.handling_time = tick_clock::duration(in.ticks);
  if (is_subsystem(kind) && in.starts > 0)
    result.restarts = in.starts - 1;
  return result;
}

actor_registry::walk::walk(actor_registry& where, std::vector<actor_kind> kinds)
  : registry_(where), kinds_(std::move(kinds)) {
  registry_.walks_.push_back(this);
}

actor_registry::walk::~walk() {
  std::erase(registry_.walks_, this);
}

actor_record* actor_registry::walk::next() {
  while (!next_) {
    if (kinds_begun_ == kinds_.size())
      return nullptr;
    next_ = registry_.first(kinds_[kinds_begun_++]);
  }
  auto* result = next_;
  next_ = result->next_;
  return result;
}

} // namespace signalbox
