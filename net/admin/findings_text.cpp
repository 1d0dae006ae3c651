#include "net/admin/findings_text.hpp"

#include "conf/log_line.hpp"
#include "net/admin/json_answer.hpp"
#include "net/admin/page_token.hpp"

#include <algorithm>
#include <numeric>

#include <nlohmann/json.hpp>

namespace signalbox {

namespace {

using json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds x) {
  return std::chrono::duration<double>(x).count();
}

std::string id_text(std::uint64_t x) {
  return std::to_string(x);
}

std::string_view name_of(session_state state) noexcept {
  switch (state) {
    case session_state::handshaking:
      return "handshaking";
    case session_state::checking:
      return "checking";
    case session_state::entering:
      return "entering";
    case session_state::open:
      return "open";
    case session_state::closing:
      break;
  }
  return "closing";
}

json to_json(const session_facts& x) {
  return {{"id", id_text(x.id.value)},
          {"actor", id_text(x.actor)},
          {"room", x.room},
          {"shard", x.shard},
          {"state", name_of(x.state)},
          {"address", x.client.to_string()},
          {"dialect", x.talks == dialect::v1 ? "v1" : "base"},
          {"subject", x.subject},
          {"ageSeconds", seconds(x.age)},
          {"messagesIn", x.messages_in},
          {"messagesOut", x.messages_out},
          {"bytesIn", x.bytes_in},
          {"bytesOut", x.bytes_out},
          {"unsentBytes", x.unsent_bytes},
          {"lastPongSeconds",
           x.since_pong ? json(seconds(*x.since_pong)) : json(nullptr)}};
}

/// Without its members, which are a number or a list.
json to_json(const room_facts& x) {
  return {{"id", x.name},
          {"shard", x.shard},
          {"actor", id_text(x.actor)},
          {"hasRemote", x.has_remote},
          {"messages", x.messages},
          {"bytes", x.bytes},
          {"unsentBytes", x.unsent_bytes},
          {"ageSeconds", seconds(x.age)}};
}

json to_json(const actor_facts& x) {
  return {{"id", id_text(x.id)},
          {"kind", signalbox::name_of(x.kind)},
          {"shard", x.shard},
          {"session", x.session ? id_text(x.session->value) : std::string{}},
          {"room", x.room},
          {"mailboxNow", x.mailbox_now},
          {"mailboxMax", x.mailbox_max},
          {"handled", x.handled},
          {"handlingSeconds", seconds(x.handling_time)},
          {"ageSeconds", seconds(x.age)},
          {"restarts", x.restarts}};
}

json to_json(const kind_facts& x) {
  return {{"count", x.count},
          {"mailboxNow", x.mailbox_now},
          {"mailboxMax", x.mailbox_max},
          {"handled", x.handled},
          {"handlingSeconds", seconds(x.handling_time)},
          {"restarts", x.restarts}};
}

json to_json(const all_kinds& kinds) {
  auto result = json::array();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    json kind{{"kind", signalbox::name_of(static_cast<actor_kind>(i))}};
    kind.update(to_json(kinds[i]));
    result.push_back(std::move(kind));
  }
  return result;
}

kind_facts sum_of(const all_kinds& kinds) {
  return std::accumulate(kinds.begin(), kinds.end(), kind_facts{});
}

json to_json(const recorded_event& x, const moment& now) {
  const auto age = now.steady - x.at;
  const auto at =
    now.wall
    - std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
  return {{"at", log::utc_text(at)},
          {"ageSeconds", seconds(age)},
          {"event", signalbox::name_of(x.kind)},
          {"detail", detail_of(x)},
          {"bytes", x.bytes}};
}

json to_json(const handling_histogram& x) {
  auto bounds = json::array();
  for (auto bound : handling_histogram::bounds)
    bounds.push_back(seconds(bound));
  return {{"bounds", std::move(bounds)},
          {"counts", x.counts},
          {"sumSeconds", seconds(x.sum)}};
}

/// The object's text up to where another member can follow.
std::string open_object(const json& x) {
  auto text = to_text(x);
  text.pop_back();
  return text;
}

list_order order_of(const inquiry& question) {
  if (const auto* sessions = std::get_if<list_sessions>(&question))
    return sessions->list.order;
  if (const auto* rooms = std::get_if<list_rooms>(&question))
    return rooms->list.order;
  return list_order::id;
}

} // namespace

/// How the text begins; whatever has items leaves them for later.
struct findings_text::beginning {
  findings_text& to;
  const inquiry& question;
  const moment& now;

  void whole(const json& x) const { to.text_ = to_text(x); }

  template <class Facts>
  void items(std::string begin, const std::vector<Facts>& all,
             std::string end) const {
    to.text_ = std::move(begin) + "[";
    to.end_ = "]" + std::move(end);
    to.items_ = all.size();
    to.item_ = [&all](std::size_t i) { return to_json(all[i]); };
  }

  template <class Page>
  std::string page_end(const Page& page) const {
    json end{{"total", page.total}, {"next", nullptr}};
    if (page.next)
      end["next"] = page_token(*page.next, order_of(question));
    return "," + to_text(end).substr(1);
  }

  void operator()(const not_found&) const {
    auto answer = json_error(404, "there is none of this id");
    to.status_ = answer.status;
    to.text_ = std::move(answer.body);
  }

  void operator()(const sessions_page& x) const {
    items("{\"items\":", x.items, page_end(x));
  }

  void operator()(const rooms_page& x) const {
    items("{\"items\":", x.items, page_end(x));
    to.item_ = [&x](std::size_t i) {
      auto room = to_json(x.items[i]);
      room["members"] = x.items[i].members;
      return room;
    };
  }

  void operator()(const actors_page& x) const {
    items(open_object({{"total", x.total},
                       {"totals", to_json(sum_of(x.by_kind))},
                       {"byKind", to_json(x.by_kind)}})
            + ",\"top\":",
          x.items, "}");
  }

  void operator()(const session_details& x) const {
    auto session = to_json(x.facts);
    session["events"] = json::array();
    for (const auto& event : x.events)
      session["events"].push_back(to_json(event, now));
    whole(session);
  }

  void operator()(const room_details& x) const {
    auto room = to_json(x.facts);
    room["memberCount"] = x.facts.members;
    items(open_object(room) + ",\"members\":", x.members, "}");
  }

  void operator()(const actor_details& x) const {
    auto actor = to_json(x.facts);
    actor["handledByType"] = json::object();
    for (const auto& [type, count] : x.handled_by_type)
      actor["handledByType"][type] = count;
    actor["handlingHistogram"] = to_json(x.histogram);
    whole(actor);
  }

  void operator()(const kicked_session& x) const {
    whole({{"session", id_text(x.id.value)}, {"room", x.room}});
  }

  void operator()(const closed_room& x) const {
    whole({{"room", x.name},
           {"sessions", x.sessions},
           {"hasRemote", x.has_remote}});
  }
};

findings_text::findings_text(const inquiry& question, findings what,
                             const moment& now)
  : what_(std::move(what)) {
  std::visit(beginning{*this, question, now}, what_);
}

findings_text::~findings_text() = default;

bool findings_text::go_on() {
  const auto end = std::min(items_, next_ + items_per_piece);
  for (; next_ < end; ++next_) {
    if (next_ > 0)
      text_ += ',';
    text_ += to_text(item_(next_));
  }
  if (next_ < items_)
    return true;
  text_ += std::exchange(end_, {});
  return false;
}

http_answer findings_text::answer() && {
  return json_answer(std::move(text_), status_);
}

} // namespace signalbox
