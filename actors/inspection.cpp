#include "actors/inspection.hpp"

#include <algorithm>
#include <tuple>

namespace signalbox {

bool is_before(const list_position& a, const list_position& b) noexcept {
  return std::tie(b.rank, a.name, a.id) < std::tie(a.rank, b.name, b.id);
}

namespace {

template <class Page>
std::vector<const Page*> pages_of(const std::vector<findings_ptr>& parts) {
  std::vector<const Page*> result;
  for (const auto& x : parts)
    if (const auto* page = x ? std::get_if<Page>(x.get()) : nullptr)
      result.push_back(page);
  return result;
}

template <class Page>
Page merge_pages(const std::vector<findings_ptr>& parts,
                 std::size_t items_max) {
  using item = std::pair<const Page*, std::size_t>;
  const auto place_of = [](const item& x) -> const list_position& {
    return x.first->places[x.second];
  };
  Page result;
  std::vector<item> all;
  bool has_more = false;
  for (const auto* page : pages_of<Page>(parts)) {
    result.total += page->total;
    has_more |= page->next.has_value();
    for (std::size_t i = 0; i < page->items.size(); ++i)
      all.emplace_back(page, i);
  }
  std::sort(all.begin(), all.end(), [&](const item& a, const item& b) {
    return is_before(place_of(a), place_of(b));
  });
  if (all.size() > items_max) {
    all.resize(items_max);
    has_more = true;
  }
  for (const auto& x : all) {
    result.items.push_back(x.first->items[x.second]);
    result.places.push_back(place_of(x));
  }
  if (has_more && !result.places.empty())
    result.next = result.places.back();
  return result;
}

void add(kind_facts& to, const kind_facts& x) noexcept {
  to.count += x.count;
  to.mailbox_now += x.mailbox_now;
  to.mailbox_max = std::max(to.mailbox_max, x.mailbox_max);
  to.handled += x.handled;
  to.handling_time += x.handling_time;
  to.restarts += x.restarts;
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
        add(result.by_kind[i], page->by_kind[i]);
    return result;
  }

  // One of a kind: at most one shard has it.
  template <class Question>
  findings operator()(const Question&) const {
    for (const auto& x : parts)
      if (x && !std::holds_alternative<not_found>(*x))
        return *x;
    return not_found{};
  }
};

} // namespace

findings merge(const inquiry& question,
               const std::vector<findings_ptr>& parts) {
  return std::visit(merger{parts}, question);
}

} // namespace signalbox
