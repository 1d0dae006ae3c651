#include "actors/inspection.hpp"

#include <algorithm>
#include <tuple>

namespace signalbox {

kind_facts operator+(const kind_facts& a, const kind_facts& b) noexcept {
  return {.count = a.count + b.count,
          .mailbox_now = a.mailbox_now + b.mailbox_now,
          .mailbox_max = std::max(a.mailbox_max, b.mailbox_max),
          .handled = a.handled + b.handled,
          .handling_time = a.handling_time + b.handling_time,
          .restarts = a.restarts + b.restarts};
}

bool is_before(const list_position& a, const list_position& b) noexcept {
  return std::tie(b.rank, a.name, a.id) < std::tie(a.rank, b.name, b.id);
}

namespace {

template <class Page>
std::vector<Page*> pages_of(const std::vector<findings_ptr>& parts) {
  std::vector<Page*> result;
  for (const auto& x : parts)
    if (auto* page = x ? std::get_if<Page>(x.get()) : nullptr)
      result.push_back(page);
  return result;
}

/// A page, as far as it is taken.
template <class Page>
struct partly_taken {
  Page* page;
  std::size_t taken = 0;

  bool is_empty() const noexcept { return taken == page->items.size(); }

  const list_position& place() const noexcept { return page->places[taken]; }

  bool operator<(const partly_taken& other) const noexcept {
    if (is_empty() || other.is_empty())
      return !is_empty();
    return is_before(place(), other.place());
  }
};

// Nothing is copied and nothing is sorted again: a shard's page has up to a
// thousand items, and there is one a shard.
template <class Page>
Page merge_pages(const std::vector<findings_ptr>& parts,
                 std::size_t items_max) {
  Page result;
  std::vector<partly_taken<Page>> all;
  bool has_more = false;
  std::size_t items = 0;
  for (auto* page : pages_of<Page>(parts)) {
    result.total += page->total;
    has_more |= page->next.has_value();
    all.push_back({page});
    items += page->items.size();
  }
  result.items.reserve(std::min(items, items_max));
  result.places.reserve(std::min(items, items_max));
  while (result.items.size() < items_max) {
    const auto first = std::min_element(all.begin(), all.end());
    if (first == all.end() || first->is_empty())
      break;
    auto& [page, taken] = *first;
    result.items.push_back(std::move(page->items[taken]));
    result.places.push_back(std::move(page->places[taken]));
    ++taken;
  }
  has_more |= std::any_of(all.begin(), all.end(),
                          [](const auto& x) { return !x.is_empty(); });
  if (has_more && !result.places.empty())
    result.next = result.places.back();
  return result;
}

struct merger {
  const std::vector<findings_ptr>& parts;

  findings operator()(const list_sessions& x) const {
    return merge_pages<sessions_page>(parts, x.list.items_max);
  }

  findings operator()(const list_rooms& x) const {
    return merge_pages<rooms_page>(parts, x.list.items_max);
  }

  findings operator()(const list_actors& x) const {
    auto result = merge_pages<actors_page>(parts, x.list.items_max);
    for (const auto* page : pages_of<actors_page>(parts))
      for (std::size_t i = 0; i < result.by_kind.size(); ++i)
        result.by_kind[i] = result.by_kind[i] + page->by_kind[i];
    return result;
  }

  // One of a kind: at most one shard has it.
  template <class Question>
  findings operator()(const Question&) const {
    for (const auto& x : parts)
      if (x && !std::holds_alternative<not_found>(*x))
        return std::move(*x);
    return not_found{};
  }
};

} // namespace

findings merge(const inquiry& question,
               const std::vector<findings_ptr>& parts) {
  return std::visit(merger{parts}, question);
}

} // namespace signalbox
