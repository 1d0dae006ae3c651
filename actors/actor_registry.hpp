// All actors at home on one shard, by kind, for those who look inside. An actor
// is listed from its first message until it ends; what it has counted stays in
// its kind's sums. For the home's thread only.

#pragma once

#include "actors/figures.hpp"
#include "actors/inspection.hpp"
#include "actors/recent_maximum.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace signalbox {

/// What an actor is about. Points into it.
struct actor_label {
  /// Of a room, or a session; else empty.
  std::string_view room = {};
  /// Of a session.
  std::optional<session_id> session = {};
};

/// What the registry knows of an actor; the base of them all.
class actor_record {
public:
  explicit actor_record(actor_kind kind) noexcept : kind_(kind) {
    // nop
  }

  virtual ~actor_record() = default;

  actor_record(const actor_record&) = delete;
  actor_record& operator=(const actor_record&) = delete;

  actor_kind kind() const noexcept { return kind_; }

  actor_record* next_of_kind() const noexcept { return next_; }

  const actor_statistics& statistics() const noexcept { return statistics_; }

  std::chrono::steady_clock::time_point listed_at() const noexcept {
    return listed_at_;
  }

  /// How many of this kind the shard had before this one, if it is of those of
  /// whom there is one at a time.
  std::uint64_t restarts() const noexcept { return restarts_; }

  virtual caf::actor_id actor() const noexcept = 0;

  /// Messages waiting.
  virtual std::uint64_t mailbox_now() noexcept = 0;

  virtual actor_label label() const noexcept = 0;

  /// A copy, with its texts.
  virtual actor_facts look() = 0;

  virtual actor_details look_closely() = 0;

protected:
  actor_statistics statistics_;

private:
  friend class actor_registry;

  std::chrono::steady_clock::time_point listed_at_;

  actor_record* previous_ = nullptr;
  actor_record* next_ = nullptr;
  std::uint32_t restarts_ = 0;
  bool is_listed_ = false;
  const actor_kind kind_;
};

class actor_registry {
public:
  /// `shown` gets the numbers that /metrics shows.
  explicit actor_registry(figures& shown) noexcept : figures_(shown) {
    // nop
  }

  actor_registry(const actor_registry&) = delete;
  actor_registry& operator=(const actor_registry&) = delete;

  /// Idempotent.
  void add(actor_record& x, std::chrono::steady_clock::time_point now) noexcept;

  /// Idempotent. A walk that stands here goes on with the next one.
  void remove(actor_record& x) noexcept;

  /// In the order they came.
  actor_record* first(actor_kind kind) const noexcept {
    return lists_[index_of(kind)].first;
  }

  /// An actor had its turn: found so many messages waiting, and handled some.
  void count_turn(actor_kind kind, std::size_t mailbox, std::uint64_t messages,
                  std::uint64_t ticks) noexcept {
    auto& in = lists_[index_of(kind)];
    in.handled += messages;
    in.ticks += ticks;
    if (in.longest_mailbox.saw(mailbox)) {
      in.mailbox_max = std::max<std::uint64_t>(in.mailbox_max, mailbox);
      figures_.longest_mailbox[index_of(kind)].set(in.longest_mailbox.value());
    }
  }

  /// Lets go of mailboxes of more than ten seconds ago. To be called several
  /// times a second.
  void forget_old_mailboxes(std::chrono::steady_clock::time_point now) noexcept;

  /// All of this kind together, `mailbox_now` excepted: that needs a walk.
  kind_facts sums(actor_kind kind) const noexcept;

  /// Goes through some kinds of actors, with breaks in which others come and
  /// go: who is there all the time is met exactly once, and in the order of
  /// its kind.
  class walk {
  public:
    walk(actor_registry& where, std::vector<actor_kind> kinds);
    ~walk();

    walk(const walk&) = delete;
    walk& operator=(const walk&) = delete;

    /// Null at the end.
    actor_record* next();

  private:
    friend class actor_registry;

    actor_registry& registry_;
    const std::vector<actor_kind> kinds_;
    /// How many of them are begun.
    std::size_t kinds_begun_ = 0;
    actor_record* next_ = nullptr;
  };

private:
  struct list {
    actor_record* first = nullptr;
    actor_record* last = nullptr;
    std::uint64_t count = 0;
    std::uint64_t starts = 0;
    std::uint64_t handled = 0;
    std::uint64_t ticks = 0;
    /// Since the start.
    std::uint64_t mailbox_max = 0;
    recent_maximum<std::uint64_t> longest_mailbox;
  };

  static std::size_t index_of(actor_kind kind) noexcept {
    return static_cast<std::size_t>(kind);
  }

  figures& figures_;
  std::array<list, actor_kinds> lists_;
  std::vector<walk*> walks_;
  /// When the window of the longest mailboxes began.
  std::chrono::steady_clock::time_point window_start_;
};

} // namespace signalbox
