#include "backplane/redis_commands.hpp"

#include <utility>

namespace signalbox {

namespace {

// ASKING has a reply of its own, before the command's.
constexpr std::uint32_t replies_with_asking = 2;

} // namespace

redis_commands::redis_commands(caf::actor_config& config, home& where,
                               server_id server, const redis_login& login,
                               redis_backplane_actor backplane)
  : pinned(config, where, actor_kind::connection),
    server_(server),
    login_(login),
    backplane_(std::move(backplane)),
    link_(where, login_, "commands", *this) {
  // nop
}

redis_commands::behavior_type redis_commands::make_behavior() {
  return {
    [this](target_atom, const wire_target& target) { link_.aim_at(target); },
    [this](run_atom, const command_ptr& command) { return run(command); },
    [this](publish_atom, std::string& commands, std::uint32_t count,
           bool is_missed) { publish(std::move(commands), count, is_missed); },
    [this](beat_atom) { beat(); },
    [this](drain_atom) -> caf::result<drained_atom> {
      drains_.push_back(make_response_promise<drained_atom>());
      auto promise = drains_.back();
      settle_drain();
      return promise;
    },
  };
}

// -- asked for ----------------------------------------------------------------

caf::result<outcome_ptr> redis_commands::run(const command_ptr& command) {
  errand x;
  x.command = command;
  x.replies = command->is_asking ? replies_with_asking : 1;
  x.promise = make_response_promise<outcome_ptr>();
  for (const auto& word : command->words)
    x.size += word.size();
  auto promise = x.promise;
  if (!put_in_line(std::move(x)))
    promise.deliver(std::make_shared<const redis_outcome>());
  return promise;
}

void redis_commands::publish(std::string commands, std::uint32_t count,
                             bool is_missed) {
  errand x;
  x.is_missed = is_missed;
  x.size = commands.size();
  x.bytes = std::move(commands);
  x.replies = count;
  if (!put_in_line(std::move(x)) && is_missed)
    home_.figures.redis_drops.add(count);
}

bool redis_commands::put_in_line(errand x) {
  if (queue_bytes_ + x.size > queue_bytes_max)
    return false;
  x.deadline = home_.turn_start + command_deadline;
  queue_bytes_ += x.size;
  queue_.push_back(std::move(x));
  pump();
  return true;
}

// -- written ------------------------------------------------------------------

bool redis_commands::is_overdue() const noexcept {
  return !unanswered_.empty()
         && unanswered_.front().deadline < home_.turn_start;
}

void redis_commands::pump() {
  while (
    link_.is_up() && !queue_.empty() && !is_overdue()
    && (unanswered_.empty()
        || unanswered_bytes_ + queue_.front().size <= unanswered_bytes_max)) {
    auto x = std::move(queue_.front());
    queue_.pop_front();
    queue_bytes_ -= x.size;
    write(std::move(x));
  }
}

void redis_commands::write(errand x) {
  if (x.command)
    x.bytes = encoded(*x.command, false);
  link_.write(x.bytes);
  x.written = home_.turn_start;
  unanswered_bytes_ += x.size;
  x.bytes = {};
  unanswered_.push_back(std::move(x));
}

std::string redis_commands::encoded(const redis_command& command,
                                    bool with_text) const {
  std::string result;
  if (command.is_asking)
    append_command(result, {"ASKING"});
  std::vector<std::string_view> parts;
  std::string keys;
  if (command.script) {
    keys = std::to_string(command.keys);
    if (with_text)
      parts = {"EVAL", text_of(*command.script), keys};
    else
      parts = {"EVALSHA", digests_[static_cast<std::size_t>(*command.script)],
               keys};
  }
  parts.insert(parts.end(), command.words.begin(), command.words.end());
  append_command(result, parts);
  return result;
}

// -- answered -----------------------------------------------------------------

void redis_commands::link_received(resp_value&& value) {
  if (unanswered_.empty())
    return link_.fail("a reply to nothing");
  auto& x = unanswered_.front();
  if (!x.command && value.is_error())
    publish_refused(x, value.text);
  if (--x.replies > 0)
    return;
  // Redis lost its scripts: this one's text, and the digest works again.
  if (x.command && x.command->script && !x.is_given_up && value.is_error()
      && value.text.starts_with("NOSCRIPT")) {
    link_.write(encoded(*x.command, true));
    x.replies = x.command->is_asking ? replies_with_asking : 1;
    unanswered_.push_back(std::move(x));
    unanswered_.pop_front();
    return;
  }
  home_.figures.redis_latency.observe(home::clock::now() - x.written);
  answer(x, redis_outcome::kind::answered, std::move(value));
  unanswered_bytes_ -= x.size;
  unanswered_.pop_front();
}

// Nobody hears that message. That its slot has moved is told, once of a row.
void redis_commands::publish_refused(const errand& x,
                                     const std::string& error) {
  if (x.is_missed)
    home_.figures.redis_drops.add();
  if (!error.starts_with("MOVED ") || error == moved_)
    return;
  moved_ = error;
  send(backplane_, moved_atom_v, server_, error);
}

void redis_commands::link_event_over() {
  moved_.clear();
  pump();
  settle_drain();
}

void redis_commands::answer(errand& x, redis_outcome::kind type,
                            resp_value reply) {
  if (!x.command || std::exchange(x.is_given_up, true))
    return;
  auto outcome = std::make_shared<redis_outcome>();
  outcome->type = type;
  outcome->reply = std::move(reply);
  x.promise.deliver(outcome_ptr{std::move(outcome)});
}

// -- late and lost ------------------------------------------------------------

void redis_commands::beat() {
  link_.beat();
  give_up_late();
  if (!unanswered_.empty()
      && home_.turn_start - unanswered_.front().written > silence_max)
    link_.fail("no reply for 3 s");
  pump();
  settle_drain();
}

// What waits in the queue and is late is not written any more.
void redis_commands::give_up_late() {
  for (auto& x : unanswered_) {
    if (x.deadline >= home_.turn_start)
      break;
    answer(x, redis_outcome::kind::lost);
  }
  while (!queue_.empty() && queue_.front().deadline < home_.turn_start) {
    auto& x = queue_.front();
    if (x.is_missed)
      home_.figures.redis_drops.add(x.replies);
    answer(x, redis_outcome::kind::unsent);
    queue_bytes_ -= x.size;
    queue_.pop_front();
  }
}

void redis_commands::settle_drain() {
  const auto is_done = queue_.empty() && unanswered_.empty();
  if (drains_.empty() || (link_.is_up() && !is_done))
    return;
  for (auto& x : std::exchange(drains_, {}))
    x.deliver(drained_atom_v);
}

// -- the link -----------------------------------------------------------------

std::vector<redis_greeting> redis_commands::greeting() {
  std::vector<redis_greeting> result(script_ids);
  for (std::size_t i = 0; i < script_ids; ++i)
    append_command(result[i].command,
                   {"SCRIPT", "LOAD", text_of(static_cast<script_id>(i))});
  return result;
}

void redis_commands::link_up(std::vector<resp_value> replies) {
  for (std::size_t i = 0; i < script_ids; ++i)
    digests_[i] = replies[i].text;
  send(backplane_, up_atom_v, server_, true);
}

void redis_commands::link_down() {
  for (auto& x : unanswered_) {
    if (x.is_missed)
      home_.figures.redis_drops.add(x.replies);
    answer(x, redis_outcome::kind::lost);
  }
  unanswered_.clear();
  unanswered_bytes_ = 0;
  // Nothing on the next connection before the backplane has heard of it.
  std::erase_if(queue_, [this](errand& x) {
    if (!x.command)
      return false;
    answer(x, redis_outcome::kind::unsent);
    queue_bytes_ -= x.size;
    return true;
  });
  send(backplane_, up_atom_v, server_, false);
}

// What was asked for last, such as the leaves of a drain, was offered to the
// kernel and is still carried over.
void redis_commands::on_exit() {
  pump();
  link_.aim_at(std::nullopt);
  for (auto& x : queue_)
    answer(x, redis_outcome::kind::unsent);
  queue_.clear();
  drains_.clear();
}

} // namespace signalbox
