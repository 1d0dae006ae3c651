#include "backplane/redis_sentinels.hpp"

#include "conf/log.hpp"

#include <charconv>
#include <utility>

namespace signalbox {

namespace {

constexpr std::chrono::milliseconds beat_period{50};

log::limiter unknown_log{std::chrono::milliseconds{1000}};

std::uint16_t port_of(std::string_view text) noexcept {
  std::uint16_t result = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, result);
  return error == std::errc{} && stopped == end ? result : 0;
}

} // namespace

redis_sentinels::redis_sentinels(caf::actor_config& config, home& where,
                                 const redis_url& url,
                                 redis_backplane_actor backplane)
  : pinned(config, where, actor_kind::connection),
    url_(url),
    login_{{}, {}, 0, "signalbox-" + where.node.id},
    backplane_(std::move(backplane)),
    link_(where, login_, "sentinels", *this),
    asked_(where.turn_start) {
  // nop
}

redis_sentinels::behavior_type redis_sentinels::make_behavior() {
  delayed_send(self_handle(), beat_period, beat_atom_v);
  const auto& first = url_.hosts.front();
  link_.aim_at(wire_target{first.host, first.port, url_.is_tls});
  return {
    [this](renew_atom) { try_next(); },
    [this](beat_atom) { beat(); },
  };
}

void redis_sentinels::beat() {
  delayed_send(self_handle(), beat_period, beat_atom_v);
  link_.beat();
  if (home_.turn_start - asked_ < question_period)
    return;
  asked_ = home_.turn_start;
  if (!link_.is_up() || is_answer_due_)
    return try_next();
  ask();
}

void redis_sentinels::ask() {
  is_answer_due_ = true;
  std::string command;
  append_command(command,
                 {"SENTINEL", "get-master-addr-by-name", url_.master_name});
  link_.write(command);
}

void redis_sentinels::log_in() {
  is_answer_due_ = is_login_due_ = was_login_shown_ = true;
  std::string command;
  if (url_.user.empty())
    append_command(command, {"AUTH", url_.password});
  else
    append_command(command, {"AUTH", url_.user, url_.password});
  link_.write(command);
}

void redis_sentinels::try_next() {
  is_answer_due_ = false;
  current_ = (current_ + 1) % url_.hosts.size();
  const auto& next = url_.hosts[current_];
  link_.aim_at(wire_target{next.host, next.port, url_.is_tls});
}

std::vector<redis_greeting> redis_sentinels::greeting() {
  return {};
}

void redis_sentinels::link_up(std::vector<resp_value>) {
  asked_ = home_.turn_start;
  was_login_shown_ = is_login_due_ = false;
  ask();
}

void redis_sentinels::link_down() {
  is_answer_due_ = false;
}

void redis_sentinels::link_received(resp_value&& value) {
  is_answer_due_ = false;
  if (std::exchange(is_login_due_, false))
    logged_in(value);
  else if (value.is_error("NOAUTH") && !url_.password.empty()
           && !was_login_shown_)
    log_in();
  else
    answered(value);
}

void redis_sentinels::logged_in(const resp_value& reply) {
  if (reply.is_error())
    return unknown(reply);
  ask();
}

void redis_sentinels::answered(const resp_value& reply) {
  const wire_target master{reply.item(0).text, port_of(reply.item(1).text),
                           url_.is_tls};
  if (master.port == 0)
    return unknown(reply);
  if (master == master_)
    return;
  master_ = master;
  send(backplane_, target_atom_v, master);
}

void redis_sentinels::unknown(const resp_value& reply) {
  if (auto line = unknown_log.try_acquire(home_.turn_start); line.is_granted)
    log::warn("backplane", "a sentinel does not know the master",
              {{"master", url_.master_name}, {"answer", reply.text}});
  try_next();
}

void redis_sentinels::link_event_over() {
  // Every answer was taken up as it came.
}

void redis_sentinels::on_exit() {
  link_.aim_at(std::nullopt);
}

} // namespace signalbox
