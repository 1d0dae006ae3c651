#include "backplane/redis_link.hpp"

#include "conf/log.hpp"

#include <utility>

namespace signalbox {

namespace {

// While Redis is away every connection of every shard says so.
log::limiter lost_log{std::chrono::milliseconds{1000}};

// The commands before the owner's own.
std::vector<redis_greeting> login_commands(const redis_login& login,
                                           const std::string& role) {
  std::vector<redis_greeting> result;
  const auto add = [&result](const std::vector<std::string_view>& words,
                             bool is_optional = false) {
    append_command(result.emplace_back(redis_greeting{{}, is_optional}).command,
                   words);
  };
  if (!login.password.empty() && login.user.empty())
    add({"AUTH", login.password});
  else if (!login.password.empty())
    add({"AUTH", login.user, login.password});
  if (login.db != 0)
    add({"SELECT", std::to_string(login.db)});
  // A server that does not let us set our name can be used all the same.
  add({"CLIENT", "SETNAME", login.client_name + "-" + role}, true);
  return result;
}

} // namespace

redis_link::redis_link(home& where, const redis_login& login, std::string role,
                       link_owner& owner)
  : home_(where), login_(login), role_(std::move(role)), owner_(owner) {
  // nop
}

void redis_link::aim_at(std::optional<wire_target> target) {
  const auto was_up = is_up();
  phase_ = phase::idle;
  is_dropped_ = true;
  wire_.reset();
  target_ = std::move(target);
  backoff_.reset();
  if (was_up)
    owner_.link_down();
  if (target_)
    connect();
}

void redis_link::connect() {
  phase_ = phase::connecting;
  reader_ = resp_reader{};
  replies_.clear();
  wire_ = home_.wires->connect(*target_, *this, handshake_timeout);
}

void redis_link::beat() {
  if (phase_ == phase::waiting && home_.turn_start >= deadline_)
    connect();
  else if (phase_ == phase::greeting && home_.turn_start >= deadline_)
    fail("no answer to the handshake");
}

// -- handshake ----------------------------------------------------------------

void redis_link::wire_opened() {
  phase_ = phase::greeting;
  deadline_ = home_.turn_start + handshake_timeout;
  auto greetings = login_commands(login_, role_);
  replies_to_skip_ = greetings.size();
  for (auto& x : owner_.greeting())
    greetings.push_back(std::move(x));
  std::string commands;
  is_optional_.clear();
  for (const auto& x : greetings) {
    commands += x.command;
    is_optional_.push_back(x.is_optional);
  }
  wire_->write(commands);
}

void redis_link::greeted(resp_value&& reply) {
  if (reply.is_error() && !is_optional_[replies_.size()])
    return fail(reply.text);
  replies_.push_back(std::move(reply));
  if (replies_.size() < is_optional_.size())
    return;
  phase_ = phase::up;
  if (std::exchange(has_been_up_, true))
    home_.figures.redis_reconnects.add();
  backoff_.reset();
  log::info("backplane", "connected to Redis",
            {{"server", described()}, {"role", role_}, {"shard", home_.shard}});
  replies_.erase(replies_.begin(),
                 replies_.begin()
                   + static_cast<std::ptrdiff_t>(replies_to_skip_));
  owner_.link_up(std::exchange(replies_, {}));
}

// -- from the wire ------------------------------------------------------------

void redis_link::wire_received(std::string_view bytes) {
  is_dropped_ = false;
  if (!reader_.feed(bytes))
    return fail("not RESP: " + reader_.error());
  while (auto value = reader_.next()) {
    if (phase_ == phase::greeting)
      greeted(std::move(*value));
    else
      owner_.link_received(std::move(*value));
    if (is_dropped_)
      return;
  }
  if (!reader_.error().empty())
    return fail("not RESP: " + reader_.error());
  if (is_up())
    owner_.link_event_over();
}

void redis_link::wire_lost(const std::string& reason) {
  fail(reason);
}

void redis_link::fail(const std::string& why) {
  if (phase_ == phase::idle || phase_ == phase::waiting)
    return;
  const auto was_up = is_up();
  if (auto line = lost_log.try_acquire(home_.turn_start); line.is_granted)
    log::warn("backplane", "no connection to Redis",
              {{"server", described()},
               {"role", role_},
               {"shard", home_.shard},
               {"reason", why},
               {"suppressed_lines", line.suppressed}});
  phase_ = phase::waiting;
  is_dropped_ = true;
  wire_.reset();
  deadline_ = home_.turn_start + backoff_.next(home_.random);
  home_.figures.redis_disconnects.add();
  if (was_up)
    owner_.link_down();
}

std::string redis_link::described() const {
  if (target_->port == 0)
    return target_->host;
  return target_->host + ":" + std::to_string(target_->port);
}

} // namespace signalbox
