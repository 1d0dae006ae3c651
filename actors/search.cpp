#include "actors/search.hpp"

#include "actors/room.hpp"
#include "actors/selection.hpp"
#include "actors/session.hpp"
#include "conf/log.hpp"

#include <unordered_map>

namespace signalbox {

namespace {

// The oldest has the highest one, at every look.
std::uint64_t seniority(const actor_record& x) noexcept {
  return ~static_cast<std::uint64_t>(x.listed_at().time_since_epoch().count());
}

session& session_of(actor_record& x) noexcept {
  return static_cast<session&>(x);
}

room& room_of(actor_record& x) noexcept {
  return static_cast<room&>(x);
}

bool mentions(std::string_view where, std::string_view text) noexcept {
  return where.find(text) != std::string_view::npos;
}

// -- lists --------------------------------------------------------------------

class session_list final : public search {
public:
  explicit session_list(const list_request& wanted)
    : order_(wanted.order), selection_(wanted), filter_(wanted.filter) {
    // nop
  }

  std::vector<actor_kind> kinds() const override {
    return {actor_kind::session};
  }

  bool visit(actor_record& x) override {
    auto& who = session_of(x);
    if (filter_.empty() || who.mentions(filter_))
      selection_.offer({rank_of(who), {}, who.id().value},
                       [&] { return who.facts(); });
    return true;
  }

  findings result() override { return selection_.page(); }

private:
  std::uint64_t rank_of(const session& who) const noexcept {
    switch (order_) {
      case list_order::messages:
        return who.messages();
      case list_order::bytes:
        return who.bytes();
      case list_order::unsent:
        return who.unsent_bytes();
      case list_order::age:
        return seniority(who);
      default:
        return 0;
    }
  }

  const list_order order_;
  selection<sessions_page> selection_;
  const std::string_view filter_;
};

class room_list final : public search {
public:
  explicit room_list(const list_request& wanted)
    : order_(wanted.order), selection_(wanted), filter_(wanted.filter) {
    // nop
  }

  // What is unsent is gathered session by session: a room with thousands of
  // members would else be one very long look. Members are at home where their
  // room is.
  std::vector<actor_kind> kinds() const override {
    return {actor_kind::session, actor_kind::room};
  }

  bool visit(actor_record& x) override {
    if (x.kind() == actor_kind::session)
      gather(session_of(x));
    else
      offer(room_of(x));
    return true;
  }

  findings result() override { return selection_.page(); }

private:
  void gather(const session& who) {
    if (const auto bytes = who.unsent_bytes(); bytes > 0)
      unsent_bytes_[who.room_actor_id()] += bytes;
  }

  void offer(const room& where) {
    if (!filter_.empty() && !mentions(where.room_name(), filter_))
      return;
    selection_.offer({rank_of(where), where.room_name(), 0}, [&] {
      auto facts = where.facts();
      facts.unsent_bytes = unsent_bytes_of(where);
      return facts;
    });
  }

  std::uint64_t unsent_bytes_of(const room& where) const {
    const auto i = unsent_bytes_.find(where.id());
    return i == unsent_bytes_.end() ? 0 : i->second;
  }

  std::uint64_t rank_of(const room& where) const {
    switch (order_) {
      case list_order::messages:
        return where.messages();
      case list_order::bytes:
        return where.bytes();
      case list_order::unsent:
        return unsent_bytes_of(where);
      case list_order::age:
        return seniority(where);
      default:
        return 0;
    }
  }

  const list_order order_;
  selection<rooms_page> selection_;
  const std::string_view filter_;
  /// By room; only where there are any.
  std::unordered_map<caf::actor_id, std::uint64_t> unsent_bytes_;
};

std::vector<actor_kind> all_actor_kinds() {
  std::vector<actor_kind> result;
  for (std::size_t i = 0; i < actor_kinds; ++i)
    result.push_back(static_cast<actor_kind>(i));
  return result;
}

class actor_list final : public search {
public:
  actor_list(home& where, const list_actors& question)
    : home_(where),
      kind_(question.kind),
      order_(question.list.order),
      selection_(question.list),
      filter_(question.list.filter) {
    // nop
  }

  // All of them: the sums are of all kinds.
  std::vector<actor_kind> kinds() const override { return all_actor_kinds(); }

  bool visit(actor_record& x) override {
    mailbox_now_[static_cast<std::size_t>(x.kind())] += x.mailbox_now();
    if ((!kind_ || *kind_ == x.kind()) && (filter_.empty() || is_mentioned(x)))
      selection_.offer({rank_of(x), {}, x.actor()}, [&] { return x.look(); });
    return true;
  }

  findings result() override {
    auto page = selection_.page();
    for (std::size_t i = 0; i < actor_kinds; ++i) {
      page.by_kind[i] = home_.actors.sums(static_cast<actor_kind>(i));
      page.by_kind[i].mailbox_now = mailbox_now_[i];
    }
    return page;
  }

private:
  bool is_mentioned(const actor_record& x) const {
    const auto about = x.label();
    return mentions(about.room, filter_)
           || mentions(std::to_string(x.actor()), filter_)
           || (about.session
               && mentions(std::to_string(about.session->value), filter_));
  }

  std::uint64_t rank_of(actor_record& x) const noexcept {
    switch (order_) {
      case list_order::mailbox_now:
        return x.mailbox_now();
      case list_order::mailbox_max:
        return x.statistics().mailbox_max;
      case list_order::handled:
        return x.statistics().messages;
      case list_order::handling_time:
        return x.statistics().ticks;
      case list_order::age:
        return seniority(x);
      case list_order::restarts:
        return x.restarts();
      default:
        return 0;
    }
  }

  home& home_;
  const std::optional<actor_kind> kind_;
  const list_order order_;
  selection<actors_page> selection_;
  const std::string_view filter_;
  std::array<std::uint64_t, actor_kinds> mailbox_now_{};
};

// -- one of them --------------------------------------------------------------

/// Looks for the first that `is_it`, and makes of it what `found` says.
template <class IsIt, class Found>
class find_one final : public search {
public:
  find_one(std::vector<actor_kind> kinds, IsIt is_it, Found found)
    : kinds_(std::move(kinds)), is_it_(is_it), found_(found) {
    // nop
  }

  std::vector<actor_kind> kinds() const override { return kinds_; }

  bool visit(actor_record& x) override {
    if (!is_it_(x))
      return true;
    result_ = found_(x);
    return false;
  }

  findings result() override { return std::move(result_); }

private:
  const std::vector<actor_kind> kinds_;
  IsIt is_it_;
  Found found_;
  findings result_ = not_found{};
};

/// The room first, then its members session by session.
class room_search final : public search {
public:
  explicit room_search(const find_room& question) : name_(question.name) {
    // nop
  }

  std::vector<actor_kind> kinds() const override {
    return {actor_kind::room, actor_kind::session};
  }

  bool visit(actor_record& x) override {
    if (x.kind() == actor_kind::session)
      return found_ && take(session_of(x));
    const auto& where = room_of(x);
    if (!found_ && where.room_name() == name_)
      found_.emplace(room_details{where.facts(), {}});
    return true;
  }

  findings result() override {
    if (!found_)
      return not_found{};
    return std::move(*found_);
  }

private:
  bool take(const session& who) {
    if (who.room_actor_id() != found_->facts.actor)
      return true;
    found_->facts.unsent_bytes += who.unsent_bytes();
    if (found_->members.size() < room_details::members_shown_max)
      found_->members.push_back(who.facts());
    return true;
  }

  const std::string_view name_;
  std::optional<room_details> found_;
};

template <class IsIt, class Found>
std::unique_ptr<search>
first_of(std::vector<actor_kind> kinds, IsIt is_it, Found found) {
  return std::make_unique<find_one<IsIt, Found>>(std::move(kinds), is_it,
                                                 found);
}

auto is_session(session_id id) {
  return [id](actor_record& x) { return session_of(x).id() == id; };
}

auto is_room(const std::string& name) {
  return [&name](actor_record& x) { return room_of(x).room_name() == name; };
}

// What is done is logged where it is done: whoever asked may have given up
// waiting for the answer.

findings kick(session& who, const std::string& from) {
  // It is as good as gone, for a reason of its own.
  if (who.is_closing())
    return not_found{};
  kicked_session result{who.id(), who.facts().room};
  who.end(ec::kicked);
  log::audit(
    "admin", "session kicked",
    {{"session", result.id.value}, {"room", result.room}, {"from", from}});
  return result;
}

closed_room close(room& which, const std::string& from) {
  auto result = which.close();
  log::audit(
    "admin", "room closed",
    {{"room", result.name}, {"sessions", result.sessions}, {"from", from}});
  return result;
}

struct search_maker {
  home& where;

  using made = std::unique_ptr<search>;

  made operator()(const list_sessions& x) const {
    return std::make_unique<session_list>(x.list);
  }

  made operator()(const list_rooms& x) const {
    return std::make_unique<room_list>(x.list);
  }

  made operator()(const list_actors& x) const {
    return std::make_unique<actor_list>(where, x);
  }

  made operator()(const find_session& x) const {
    return first_of({actor_kind::session}, is_session(x.id),
                    [](actor_record& y) { return session_of(y).details(); });
  }

  made operator()(const find_room& x) const {
    return std::make_unique<room_search>(x);
  }

  made operator()(const find_actor& x) const {
    return first_of(
      all_actor_kinds(),
      [id = x.id](const actor_record& y) { return y.actor() == id; },
      [](actor_record& y) { return y.look_closely(); });
  }

  made operator()(const kick_session& x) const {
    return first_of({actor_kind::session}, is_session(x.id),
                    [&from = x.from](actor_record& y) {
                      return kick(session_of(y), from);
                    });
  }

  made operator()(const close_room& x) const {
    return first_of({actor_kind::room}, is_room(x.name),
                    [&from = x.from](actor_record& y) {
                      return close(room_of(y), from);
                    });
  }
};

} // namespace

std::unique_ptr<search> make_search(home& where, const inquiry& question) {
  return std::visit(search_maker{where}, question);
}

} // namespace signalbox
