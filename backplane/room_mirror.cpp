#include "backplane/room_mirror.hpp"

#include "backplane/member_id.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

constexpr auto by_id = [](const room_mirror::other& x, std::string_view id) {
  return x.id < id;
};

} // namespace

// -- reading the set ----------------------------------------------------------

room_mirror::knowledge room_mirror::state() const noexcept {
  if (known_)
    return knowledge::known;
  if (reads_under_way_ == 0)
    return knowledge::unknown;
  return reads_under_way_ > reads_too_old_ ? knowledge::reading
                                           : knowledge::reading_again;
}

bool room_mirror::read_answered(std::vector<std::string_view> members,
                                std::string_view own_holder, time_point now) {
  const auto is_fresh = reads_under_way_ > 0 && reads_too_old_ == 0;
  read_failed();
  if (!is_fresh)
    return false;
  const auto is_own = [own_holder](std::string_view id) {
    return holder_of(id) == own_holder;
  };
  members.erase(std::remove_if(members.begin(), members.end(), is_own),
                members.end());
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  update(members, now);
  bound_missing();
  known_ = true;
  return true;
}

void room_mirror::read_failed() noexcept {
  if (reads_under_way_ > 0)
    --reads_under_way_;
  if (reads_too_old_ > 0)
    --reads_too_old_;
}

void room_mirror::invalidated() noexcept {
  known_ = false;
  reads_too_old_ = reads_under_way_;
}

void room_mirror::reset() noexcept {
  known_ = false;
  reads_under_way_ = 0;
  reads_too_old_ = 0;
  // Perhaps Redis has lost its data, and their nodes have to come back first.
  for (auto& x : others_)
    x.missing_since.reset();
}

/// Both `members` and the others are in order of ids: a merge.
void room_mirror::update(const std::vector<std::string_view>& members,
                         time_point now) {
  most_others_ = std::max(most_others_, others_.size());
  std::vector<other> next;
  next.reserve(std::max(members.size(), others_.size()));
  auto old = others_.begin();
  const auto keep_missing = [&](other& x) {
    if (x.is_told) {
      note(std::move(x.id));
      return;
    }
    if (!x.missing_since)
      x.missing_since = now;
    next.push_back(std::move(x));
  };
  for (const auto id : members) {
    for (; old != others_.end() && old->id < id; ++old)
      keep_missing(*old);
    if (old != others_.end() && old->id == id) {
      old->missing_since.reset();
      next.push_back(std::move(*old));
      ++old;
    } else {
      next.push_back(arrival(id));
    }
  }
  for (; old != others_.end(); ++old)
    keep_missing(*old);
  others_ = std::move(next);
}

room_mirror::other room_mirror::arrival(std::string_view id) {
  other result;
  result.id = id;
  if (const auto holder = holder_of(id))
    result.holder_size = holder->size();
  if (is_noted(id)) {
    // A reference node may announce a leave before it changes the set. One of
    // ours does both at once: its member has been put back, and its next leave
    // is another one.
    result.is_told = !result.is_held();
    forget(id);
  }
  return result;
}

void room_mirror::bound_missing() {
  const auto is_kept_missing = [](const other& x) {
    return !x.is_held() && x.missing_since.has_value();
  };
  auto count = static_cast<std::size_t>(
    std::count_if(others_.begin(), others_.end(), is_kept_missing));
  for (; count > notes_max; --count) {
    auto oldest = others_.end();
    for (auto x = others_.begin(); x != others_.end(); ++x)
      if (is_kept_missing(*x)
          && (oldest == others_.end()
              || *x->missing_since < *oldest->missing_since))
        oldest = x;
    others_.erase(oldest);
  }
}

// -- who else is there --------------------------------------------------------

bool room_mirror::holds(std::string_view id) const noexcept {
  const auto found = std::lower_bound(others_.begin(), others_.end(), id,
                                      by_id);
  return found != others_.end() && found->id == id && !found->missing_since;
}

std::vector<std::string_view> room_mirror::holders() const {
  std::vector<std::string_view> result;
  // A holder's members begin with the same bytes, so they are neighbours.
  for (const auto& x : others_)
    if (x.is_held() && (result.empty() || result.back() != x.holder()))
      result.push_back(x.holder());
  return result;
}

// -- leaves, each told once ---------------------------------------------------

bool room_mirror::leave_announced(std::string_view member) {
  // Whoever leaves has changed the set: an answer that is under way may still
  // hold the member, and would bring it back.
  reads_too_old_ = reads_under_way_;
  auto is_told = false;
  const auto found = std::lower_bound(others_.begin(), others_.end(), member,
                                      by_id);
  if (found != others_.end() && found->id == member) {
    is_told = found->is_told;
    others_.erase(found);
  } else if (is_noted(member)) {
    is_told = true;
    forget(member);
  }
  // It may be announced again: by whoever freed its seat, and by its own node
  // when that finds the seat taken.
  note(std::string{member});
  return !is_told;
}

std::vector<std::string> room_mirror::holder_died(std::string_view holder) {
  std::vector<std::string> result;
  std::vector<other> rest;
  rest.reserve(others_.size());
  for (auto& x : others_) {
    const auto dies = x.is_held() && x.holder() == holder && !x.is_told;
    if (dies) {
      result.push_back(x.id);
      x.is_told = true;
    }
    if (dies && x.missing_since)
      note(std::move(x.id));
    else
      rest.push_back(std::move(x));
  }
  others_ = std::move(rest);
  return result;
}

std::vector<std::string> room_mirror::missing_for(time_point now,
                                                  duration grace) {
  std::vector<std::string> result;
  if (!known_)
    return result;
  const auto is_gone = [&](const other& x) {
    return x.is_held() && x.missing_since && now - *x.missing_since > grace;
  };
  for (const auto& x : others_) {
    if (is_gone(x)) {
      result.push_back(x.id);
      note(x.id);
    }
  }
  others_.erase(std::remove_if(others_.begin(), others_.end(), is_gone),
                others_.end());
  return result;
}

bool room_mirror::is_noted(std::string_view id) const noexcept {
  return std::find(notes_.begin(), notes_.end(), id) != notes_.end();
}

void room_mirror::note(std::string id) {
  if (notes_.size() >= std::max(notes_max, most_others_))
    notes_.erase(notes_.begin());
  notes_.push_back(std::move(id));
}

void room_mirror::forget(std::string_view id) {
  notes_.erase(std::find(notes_.begin(), notes_.end(), id));
}

} // namespace signalbox
