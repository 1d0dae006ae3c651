// The first items of a list in its order, picked from items that are offered in
// any order: holds no more than the page has.

#pragma once

#include "actors/inspection.hpp"

#include <map>

namespace signalbox {

template <class Page>
class selection {
public:
  using facts = typename decltype(Page::items)::value_type;

  /// `wanted` outlives it.
  explicit selection(const list_request& wanted) : wanted_(wanted) {
    // nop
  }

  /// Counts the item, and keeps what `make` makes of it if it belongs on the
  /// page.
  template <class Make>
  void offer(const list_position& place, Make make) {
    ++total_;
    if (wanted_.after && !is_before(*wanted_.after, place))
      return;
    if (kept_.size() < wanted_.items_max) {
      kept_.emplace(place, make());
      return;
    }
    has_more_ = true;
    if (kept_.empty() || !is_before(place, kept_.rbegin()->first))
      return;
    if (kept_.emplace(place, make()).second)
      kept_.erase(std::prev(kept_.end()));
  }

  /// Once.
  Page page() {
    Page result;
    result.total = total_;
    result.places.reserve(kept_.size());
    result.items.reserve(kept_.size());
    for (auto& [place, item] : kept_) {
      result.places.push_back(place);
      result.items.push_back(std::move(item));
    }
    if (has_more_ && !result.places.empty())
      result.next = result.places.back();
    return result;
  }

private:
  struct in_order {
    bool operator()(const list_position& a,
                    const list_position& b) const noexcept {
      return is_before(a, b);
    }
  };

  const list_request& wanted_;
  std::map<list_position, facts, in_order> kept_;
  std::uint64_t total_ = 0;
  bool has_more_ = false;
};

} // namespace signalbox
