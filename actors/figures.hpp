// What one shard counts. Written by the shard's own thread with plain adds,
// read by any thread (/metrics, admin): each cell is a relaxed atomic, so that
// a reader sees a whole value without the writer paying for a locked
// instruction.

#pragma once

#include "actors/messages.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace signalbox {

/// A number with one writer and any readers. Thread-safe in that way only.
class cell {
public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n,
                 std::memory_order_relaxed);
  }

  void subtract(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) - n,
                 std::memory_order_relaxed);
  }

  void set(std::uint64_t n) noexcept {
    value_.store(n, std::memory_order_relaxed);
  }

  std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations in fixed buckets, as Prometheus wants them. One writer.
class duration_histogram {
public:
  /// Upper bounds in seconds; one more bucket counts what is above.
  static constexpr std::array<double, 13> bounds{
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001,
    0.0025,  0.005,    0.01,    0.05,   0.25,    1.0};

  void observe(std::chrono::nanoseconds duration) noexcept {
    auto seconds = std::chrono::duration<double>(duration).count();
    std::size_t i = 0;
    while (i < bounds.size() && seconds > bounds[i])
      ++i;
    counts_[i].add();
    nanoseconds_.add(static_cast<std::uint64_t>(duration.count()));
  }

  std::uint64_t count_in(std::size_t bucket) const noexcept {
    return counts_[bucket].value();
  }

  std::chrono::nanoseconds sum() const noexcept {
    return std::chrono::nanoseconds(nanoseconds_.value());
  }

private:
  std::array<cell, bounds.size() + 1> counts_;
  cell nanoseconds_;
};

/// Which of a message's limits was reached.
enum class message_limit : std::uint8_t { session, address, room };

inline constexpr std::size_t message_limits = 3;

/// How a connection's way to a session ended. Some connections have none: those
/// that only ask for an endpoint, and clients that go away before.
enum class handshake_outcome : std::uint8_t {
  /// Answered with 101, a session that is then refused included.
  upgraded,
  /// 400.
  bad_request,
  /// 426 for another version of WebSocket.
  wrong_version,
  /// 431.
  header_too_large,
  /// 503, MAX_CONNECTIONS.
  node_full,
  timeout,
  tls_failure,
  /// A trusted proxy sent no PROXY header.
  no_proxy_header,
};

inline constexpr std::size_t handshake_outcomes = 8;

/// How a shard's thread spends its time. A turn lasts from the events' arrival
/// until nothing is left to do; in between, the thread sleeps. All but `turns`
/// stay 0 where SIGNALBOX_STATISTICS is 0.
struct turn_figures {
  /// Turns begun.
  cell turns;
  cell busy_nanoseconds;
  duration_histogram turn_time;
  /// The part of the last whole second (1000 = all) that was spent in turns;
  /// of that and the turn that ran over its end if there was one.
  cell load_permille;
  /// The longest turn of the last ten seconds.
  cell longest_turn_ns;
};

struct figures {
  // -- gauges -----------------------------------------------------------------
  cell sessions;
  cell rooms;
  cell handshakes;

  // -- the reference's counters -----------------------------------------------
  cell messages_forwarded;
  cell schema_rejections;
  /// By whichever limit, `rate_drops` has each; add with `count_rate_drops`.
  cell rate_limit_drops;
  cell backpressure_closes;
  duration_histogram fanout_latency;

  /// From writing a command to its reply.
  duration_histogram redis_latency;

  // -- ours -------------------------------------------------------------------
  /// Connections to Redis that were lost or could not be opened.
  cell redis_disconnects;
  /// Connections that were made again after they had been lost or given up.
  cell redis_reconnects;
  /// Messages that were not published, in time or at all, and that members on
  /// other nodes may have missed.
  cell redis_drops;
  /// Messages of other nodes that could not be read or were too large.
  cell redis_unheard;
  /// Messages published.
  cell redis_publishes;
  /// From publishing a probe to hearing it.
  duration_histogram redis_delivery;
  /// The last of these, and when it was heard (steady clock), or when the
  /// backplane began to wait for the first; 0 without one.
  cell redis_lag_ns;
  cell redis_heard_ns;
  cell sessions_opened;
  cell messages_received;
  cell heartbeat_drops;
  std::array<cell, handshake_outcomes> handshakes_ended;
  std::array<cell, message_limits> rate_drops;
  cell accept_pauses;
  /// Tokens refused, at the start and when refreshed.
  cell auth_failures;
  /// Addresses blocked for them, and upgrades refused while they were.
  cell auth_blocks;
  cell auth_block_refusals;
  /// Requests to the admin endpoint that were not admitted.
  cell admin_refusals;
  /// Fetches of the issuer's key set that have begun, and that have failed.
  cell jwks_fetches;
  cell jwks_fetch_failures;
  /// Ended or refused sessions by `ec`.
  std::array<cell, 64> sessions_ended;
  std::array<cell, actor_kinds> actor_failures;
  /// Actors alive now.
  std::array<cell, actor_kinds> actors;
  /// The longest mailbox of the last ten seconds.
  std::array<cell, actor_kinds> longest_mailbox;

  void count_handshake(handshake_outcome how) noexcept {
    handshakes_ended[static_cast<std::size_t>(how)].add();
  }

  void count_rate_drops(message_limit which, std::uint64_t messages) noexcept {
    rate_limit_drops.add(messages);
    rate_drops[static_cast<std::size_t>(which)].add(messages);
  }

  void count_end(ec reason) noexcept {
    sessions_ended[static_cast<std::size_t>(reason)].add();
  }
};

} // namespace signalbox
