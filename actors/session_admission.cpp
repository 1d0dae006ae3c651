// The part of a session that has to do with its token: who is let in, who is
// not, and for how long.

#include "actors/session.hpp"
#include "conf/log.hpp"

#include <algorithm>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// Longer than a fetch of keys takes at most (net/tokens), whose end decides,
// and not this.
constexpr auto keys_timeout = 6000ms;

// How long before the end the client is told: time for its user to log in.
constexpr std::chrono::milliseconds end_notice = 60s;

// The wall clock may be set meanwhile: so long goes by before it is looked at
// again.
constexpr std::chrono::milliseconds recheck_interval = 60s;

log::limiter refusal_log{1000ms};
log::limiter block_log{1000ms};

} // namespace

// In at most two goes: the second one with the freshest keys there are. One
// who wishes for others even then could not judge.
void session::judge_token(key_wish wish) {
  auto& pass = *start_.pass;
  auto verdict = home_.tokens->judge(pass.token, start_.room, home_.wall_now(),
                                     wish);
  if (verdict.wants_keys && wish == key_wish::allowed)
    return await_keys();
  if (verdict.wants_keys)
    verdict.error = ec::keys_unavailable;
  // It is a secret, and no longer needed.
  pass.token = std::string{};
  if (verdict.error == ec::none) {
    pass.subject = std::move(verdict.subject);
    pass.ends_at = verdict.ends_at;
    pass.is_end_announced = false;
  } else {
    count_refusal(verdict);
  }
  if (phase_ == phase::open) {
    if (verdict.error == ec::none)
      start_pass_timer();
    refreshed(verdict.error);
  } else if (verdict.error == ec::none) {
    enter_room();
  } else {
    end(verdict.error);
  }
}

void session::await_keys() {
  if (!home_.key_keeper)
    return keys_awaited();
  if (phase_ == phase::checking)
    home_.schedule(*this, keys_timeout);
  request(home_.key_keeper, caf::infinite, freshen_atom_v)
    .then([this](fresh_atom) { keys_awaited(); },
          [this](const caf::error&) { keys_awaited(); });
}

// However the wait ended: without fresh keys stale ones judge, as long as there
// are any (token_judge.hpp).
void session::keys_awaited() {
  if (phase_ != phase::checking && phase_ != phase::open)
    return;
  // Shown after another one, and judged with it.
  if (phase_ == phase::open && start_.pass->token.empty())
    return;
  judge_token(key_wish::used_up);
}

// That nobody could say is not the client's fault.
void session::count_refusal(const token_verdict& verdict) {
  if (auto line = refusal_log.try_acquire(home_.turn_start); line.is_granted)
    log::info("actors", "token refused",
              {{"session", id_.value},
               {"room", start_.room},
               {"client", start_.client.to_string()},
               {"error", name_of(verdict.error)},
               {"explanation", verdict.reason},
               {"suppressed_lines", line.suppressed}});
  if (verdict.error == ec::keys_unavailable)
    return;
  home_.figures.auth_failures.add();
  if (!start_.lease.fail_authorisation(home_.now_seconds()))
    return;
  home_.figures.auth_blocks.add();
  if (auto line = block_log.try_acquire(home_.turn_start); line.is_granted)
    log::warn("actors", "address blocked: too many refused tokens",
              {{"client", start_.client.to_string()},
               {"block_ms", home_.settings.auth_block.count()},
               {"suppressed_lines", line.suppressed}});
}

// -- while it is open ---------------------------------------------------------

void session::refresh(std::string token) {
  if (phase_ != phase::open || !start_.pass)
    return;
  start_.pass->token = std::move(token);
  judge_token(key_wish::allowed);
}

void session::start_pass_timer() {
  auto& pass = *start_.pass;
  pass.holder = this;
  // Rounded up, or it would end early.
  auto left = std::chrono::ceil<std::chrono::milliseconds>(pass.ends_at
                                                           - home_.wall_now());
  if (!pass.is_end_announced)
    left -= end_notice;
  home_.schedule(pass, std::clamp(left, 0ms, recheck_interval));
}

void session_pass::expired() {
  holder->pass_due();
}

void session::pass_due() {
  if (phase_ != phase::open)
    return;
  auto& pass = *start_.pass;
  const auto left = pass.ends_at - home_.wall_now();
  if (left <= 0s)
    return end(ec::token_expired);
  if (left <= end_notice && !pass.is_end_announced) {
    pass.is_end_announced = true;
    token_expires_in(std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  if (phase_ == phase::open)
    start_pass_timer();
}

} // namespace signalbox
