#include "net/admin/admin_inquiry.hpp"

#include "net/admin/json_answer.hpp"

#include <nlohmann/json.hpp>

namespace signalbox {

namespace {

bool is_list(const inquiry& question) noexcept {
  return std::holds_alternative<list_sessions>(question)
         || std::holds_alternative<list_rooms>(question)
         || std::holds_alternative<list_actors>(question);
}

http_answer answer_to(drain_outcome found) {
  switch (found) {
    case drain_outcome::started:
    case drain_outcome::was_under_way:
      return json_answer(R"({"isDraining":true})");
    case drain_outcome::cancelled:
      return json_answer(R"({"isDraining":false})");
    case drain_outcome::none:
      return json_error(409, "there is no drain to cancel");
    case drain_outcome::is_final:
      break;
  }
  return json_error(409, "a signal began the drain, and it goes on");
}

} // namespace

admin_inquiry::admin_inquiry(caf::actor_config& config, home& where,
                             admin_question what, std::string from, sink answer)
  : pinned(config, where, actor_kind::inquiry),
    what_(std::move(what)),
    from_(std::move(from)),
    answer_(std::move(answer)) {
  // nop
}

admin_inquiry::behavior_type admin_inquiry::make_behavior() {
  if (home_.supervisor)
    std::visit([this](const auto& x) { begin(x); }, what_);
  else
    give_up();
  return {
    [this](go_on_atom) { go_on(); },
  };
}

// -- the shards ---------------------------------------------------------------

void admin_inquiry::begin(const inquiry_ptr&) {
  this->request(home_.supervisor, patience, look_atom_v)
    .then([this](const inspectors_ptr& found) { ask(found); },
          [this](const caf::error&) { give_up(); });
}

void admin_inquiry::ask(const inspectors_ptr& inspectors) {
  awaited_ = inspectors->size();
  if (awaited_ == 0)
    return give_up();
  for (const auto& x : *inspectors)
    this->request(x, patience, look_atom_v, std::get<inquiry_ptr>(what_))
      .then([this](findings_ptr part) { take(std::move(part)); },
            [this](const caf::error&) { take(nullptr); });
}

void admin_inquiry::take(findings_ptr part) {
  is_incomplete_ |= !part;
  parts_.push_back(std::move(part));
  if (--awaited_ == 0)
    go_on();
}

void admin_inquiry::go_on() {
  if (work())
    return home_.in_next_turn(
      [self = self_handle()] { caf::anon_send(self, go_on_atom_v); });
  if (text_)
    finish(std::move(*text_).answer());
  else
    give_up();
}

// A piece a turn, or none if other inquiries have used up what a turn has time
// for; all of them where there are no turns. False if that was the last.
bool admin_inquiry::work() {
  const turn_share::use time{home_.telling, home_.turn_start};
  if (home_.in_next_turn)
    return time.is_too_late() || advance();
  while (advance())
    continue;
  return false;
}

// A shard's part has up to a thousand items: to free them takes a while, too.
bool admin_inquiry::advance() {
  if (!text_)
    return conclude();
  if (parts_.empty())
    return text_->go_on();
  parts_.pop_back();
  return true;
}

// False if it cannot: what a shard did not say may be just what was asked for.
bool admin_inquiry::conclude() {
  const auto& question = *std::get<inquiry_ptr>(what_);
  auto found = merge(question, parts_);
  if (is_incomplete_
      && (is_list(question) || std::holds_alternative<not_found>(found)))
    return false;
  text_.emplace(question, std::move(found),
                moment{std::chrono::steady_clock::now(),
                       std::chrono::system_clock::now()});
  return true;
}

// -- the supervisor -----------------------------------------------------------

void admin_inquiry::begin(drain_action action) {
  this->request(home_.supervisor, patience, drain_atom_v, action, from_)
    .then([this](drain_outcome found) { finish(answer_to(found)); },
          [this](const caf::error&) { give_up(); });
}

void admin_inquiry::begin(const overview* about) {
  this->request(home_.supervisor, cluster_patience, cluster_atom_v)
    .then(
      [this, about](const cluster_ptr& cluster) {
        finish(json_answer(about->text(*cluster)));
      },
      [this, about](const caf::error&) {
        finish(json_answer(about->text(about->alone())));
      });
}

// -- the end ------------------------------------------------------------------

void admin_inquiry::finish(http_answer answer) {
  if (std::exchange(is_finished_, true))
    return;
  answer_(std::move(answer));
  this->quit();
}

void admin_inquiry::give_up() {
  finish(no_answer());
}

} // namespace signalbox
