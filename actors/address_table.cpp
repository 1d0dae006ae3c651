#include "actors/address_table.hpp"

namespace signalbox {

address_limits address_limits::from(const options& settings) noexcept {
  return {
    .upgrades_per_10s = settings.rate_limit_conn_per_10s,
    .messages_per_10s = settings.rate_limit_ip_msgs_per_10s,
    .connections_max = settings.max_connections_per_ip,
    .auth_failures_per_10s = settings.auth_failures_per_10s,
    .auth_block = settings.auth_block,
  };
}

address_table::address_table(const address_limits& limits)
  : upgrade_rate_(limits.upgrades_per_10s),
    message_rate_(limits.messages_per_10s),
    auth_failure_rate_(limits.auth_failures_per_10s),
    auth_block_seconds_(
      std::chrono::duration<double>(limits.auth_block).count()),
    connections_max_(limits.connections_max) {
}

address_table::~address_table() = default;

admission address_table::admit(const ip_address& client, double now_seconds) {
  const std::lock_guard guard{mutex_};
  auto& account = account_of(client, now_seconds);
  if (now_seconds < account.blocked_until_)
    return {ec::address_limited, {}, true};
  const auto is_full = connections_max_ != 0
                       && account.connections_ >= connections_max_;
  if (is_full || !account.upgrades_.try_take(upgrade_rate_, now_seconds))
    return {ec::address_limited, {}, false};
  if (account.connections_ == 0)
    remove_idle(account);
  ++account.connections_;
  return {ec::none, address_lease{&account}, false};
}

bool address_table::is_blocked(const ip_address& client,
                               double now_seconds) const {
  const std::lock_guard guard{mutex_};
  const auto i = accounts_.find(client.limit_key());
  return i != accounts_.end() && now_seconds < i->second.blocked_until_;
}

bool address_table::fail_authorisation(const ip_address& client,
                                       double now_seconds) {
  const std::lock_guard guard{mutex_};
  auto& account = account_of(client, now_seconds);
  // It is as new later than those that came here before: to the end again.
  if (account.connections_ == 0) {
    remove_idle(account);
    push_idle(account);
  }
  return count_failure(account, now_seconds);
}

void address_table::limit_upgrades(const ip_address& client, double tokens,
                                   double now_seconds) {
  const std::lock_guard guard{mutex_};
  if (auto i = accounts_.find(client.limit_key()); i != accounts_.end())
    i->second.upgrades_.limit_to(upgrade_rate_, tokens, now_seconds);
}

std::size_t address_table::size() const {
  const std::lock_guard guard{mutex_};
  return accounts_.size();
}

// The one there is, or a new one, idle.
address_account& address_table::account_of(const ip_address& client,
                                           double now_seconds) {
  const auto key = client.limit_key();
  forget_some(now_seconds);
  auto [it, is_new] = accounts_.try_emplace(key, *this, key);
  if (is_new)
    push_idle(it->second);
  return it->second;
}

bool address_table::fail_authorisation(address_account& account,
                                       double now_seconds) noexcept {
  const std::lock_guard guard{mutex_};
  return count_failure(account, now_seconds);
}

// Those that were admitted before the block and fail now do not make it longer.
bool address_table::count_failure(address_account& account,
                                  double now_seconds) noexcept {
  if (account.auth_failures_.try_take(auth_failure_rate_, now_seconds)
      || now_seconds < account.blocked_until_)
    return false;
  account.blocked_until_ = now_seconds + auth_block_seconds_;
  return true;
}

void address_table::release(address_account& account) noexcept {
  const std::lock_guard guard{mutex_};
  if (--account.connections_ == 0)
    push_idle(account);
}

// Two at a time, as at most one is added then: a backlog shrinks, and nobody
// waits for a long sweep.
void address_table::forget_some(double now_seconds) noexcept {
  for (int i = 0; i < 2; ++i) {
    auto* oldest = first_idle_;
    if (oldest == nullptr)
      return;
    const auto is_blocked = now_seconds < oldest->blocked_until_;
    if (!is_blocked && !is_forgettable(*oldest, now_seconds))
      return;
    remove_idle(*oldest);
    if (is_blocked) {
      push_idle(*oldest);
      continue;
    }
    const auto key = oldest->key_;
    accounts_.erase(key);
  }
}

// The messages and failures count too: else reconnecting would refill their
// buckets.
bool address_table::is_forgettable(const address_account& account,
                                   double now_seconds) const noexcept {
  return account.upgrades_.is_full(upgrade_rate_, now_seconds)
         && account.auth_failures_.is_full(auth_failure_rate_, now_seconds)
         && account.messages_.is_full(message_rate_, now_seconds);
}

void address_table::push_idle(address_account& account) noexcept {
  account.prev_idle_ = last_idle_;
  account.next_idle_ = nullptr;
  (last_idle_ != nullptr ? last_idle_->next_idle_ : first_idle_) = &account;
  last_idle_ = &account;
}

void address_table::remove_idle(address_account& account) noexcept {
  auto* prev = account.prev_idle_;
  auto* next = account.next_idle_;
  (prev != nullptr ? prev->next_idle_ : first_idle_) = next;
  (next != nullptr ? next->prev_idle_ : last_idle_) = prev;
}

} // namespace signalbox
