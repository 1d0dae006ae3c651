// Accounts by client address (IPv4 address or IPv6 /64) for the limits of
// upgrades, open connections, messages and failed authorisations. One table for
// all shards, thread-safe: the mutex is taken once when a connection comes,
// once when it goes and once if its token is refused, never for a message.
// Memory is bounded by the addresses that are connected, blocked or were here
// within the last 10 s: whatever may add an account forgets up to two that no
// longer differ from new ones.

#pragma once

#include "actors/token_bucket.hpp"
#include "conf/address.hpp"
#include "conf/options.hpp"
#include "schema/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace signalbox {

class address_table;

struct address_limits {
  /// RATE_LIMIT_CONN_PER_10S.
  std::uint64_t upgrades_per_10s = 10;
  /// RATE_LIMIT_IP_MSGS_PER_10S.
  std::uint64_t messages_per_10s = 500;
  /// MAX_CONNECTIONS_PER_IP; 0 = no limit.
  std::uint64_t connections_max = 0;
  /// AUTH_FAILURES_PER_10S.
  std::uint64_t auth_failures_per_10s = 100;
  /// AUTH_BLOCK_MS.
  std::chrono::milliseconds auth_block{60000};

  static address_limits from(const options& settings) noexcept;
};

/// What one address has used. Lives in the table; leases point to it.
class address_account {
public:
  address_account(address_table& table, const ip_address& key) noexcept
    : table_(&table), key_(key) {}

private:
  friend class address_lease;
  friend class address_table;

  shared_token_bucket messages_;
  address_table* table_;
  // Guarded by the table's mutex.
  ip_address key_;
  token_bucket upgrades_;
  token_bucket auth_failures_;
  double blocked_until_ = -std::numeric_limits<double>::infinity();
  std::uint64_t connections_ = 0;
  // The table's list of accounts without a connection.
  address_account* prev_idle_ = nullptr;
  address_account* next_idle_ = nullptr;
};

/// One connection's share of its address' account: keeps it alive, and gives
/// the connection back when destroyed, on any thread. An empty lease limits
/// nothing.
class address_lease {
public:
  address_lease() = default;
  address_lease(address_lease&& other) noexcept
    : account_(std::exchange(other.account_, nullptr)) {}
  address_lease& operator=(address_lease&& other) noexcept {
    std::swap(account_, other.account_);
    return *this;
  }
  ~address_lease();

  /// Counts one message. Hot path, lock-free, any thread.
  inline bool try_take_message(double now_seconds) noexcept;

  /// The connection's token was refused. True if its address is blocked from
  /// now on because it was one too many.
  inline bool fail_authorisation(double now_seconds) noexcept;

  explicit operator bool() const noexcept { return account_ != nullptr; }

private:
  friend class address_table;

  explicit address_lease(address_account* account) noexcept
    : account_(account) {}

  address_account* account_ = nullptr;
};

struct admission {
  /// `none` or `address_limited`.
  ec error = ec::none;
  /// Empty if refused.
  address_lease lease;
  /// Refused for its failed authorisations, not for its upgrades.
  bool is_blocked = false;
};

/// REQUIRES: outlives its leases.
class address_table {
public:
  explicit address_table(const address_limits& limits);
  ~address_table();
  address_table(const address_table&) = delete;
  address_table& operator=(const address_table&) = delete;

  /// Counts one upgrade of `client`. A refused one takes nothing, whichever
  /// limit refused it: a client that keeps trying gets in at exactly the rate
  /// of its limit. An admitted one stays counted even if its handshake fails.
  /// `now_seconds`: of a steady clock, the same for all threads.
  admission admit(const ip_address& client, double now_seconds);

  /// Whether `client` is refused for its failed authorisations.
  bool is_blocked(const ip_address& client, double now_seconds) const;

  /// A token that `client` showed with a request was refused; as with a lease.
  bool fail_authorisation(const ip_address& client, double now_seconds);

  /// Upgrades of `client` were admitted on other nodes too: leaves it at most
  /// `tokens` here; negative ones are owed.
  void limit_upgrades(const ip_address& client, double tokens,
                      double now_seconds);

  /// Accounts remembered.
  std::size_t size() const;

private:
  friend class address_lease;

  address_account& account_of(const ip_address& client, double now_seconds);
  bool fail_authorisation(address_account& account,
                          double now_seconds) noexcept;
  bool count_failure(address_account& account, double now_seconds) noexcept;
  void release(address_account& account) noexcept;
  void forget_some(double now_seconds) noexcept;
  bool is_forgettable(const address_account& account,
                      double now_seconds) const noexcept;
  void push_idle(address_account& account) noexcept;
  void remove_idle(address_account& account) noexcept;

  const message_rate upgrade_rate_;
  const message_rate message_rate_;
  const message_rate auth_failure_rate_;
  const double auth_block_seconds_;
  const std::uint64_t connections_max_;

  mutable std::mutex mutex_;
  std::unordered_map<ip_address, address_account> accounts_;
  // Oldest first. Each of them is as new 10 s after it came here, so that one
  // not yet forgettable at the front holds up the others for no longer; one
  // that is blocked for longer goes to the end again.
  address_account* first_idle_ = nullptr;
  address_account* last_idle_ = nullptr;
};

inline address_lease::~address_lease() {
  if (account_ != nullptr)
    account_->table_->release(*account_);
}

inline bool address_lease::fail_authorisation(double now_seconds) noexcept {
  return account_ != nullptr
         && account_->table_->fail_authorisation(*account_, now_seconds);
}

inline bool address_lease::try_take_message(double now_seconds) noexcept {
  return account_ == nullptr
         || account_->messages_.try_take(account_->table_->message_rate_,
                                         now_seconds);
}

} // namespace signalbox
