// The backplane over Redis, one actor a shard: rooms of the same name on all
// nodes are one room. Speaks for the rooms at home on its shard, and shares
// nothing with the other shards: to Redis each is a holder of seats of its own.
//
// The rules, each of which guards against a race:
// - A room is subscribed to, and that confirmed, before a member joins it.
// - A join that may have run unseen is followed by a compensating leave, which
//   also keeps it from running later.
// - After every loss (of a connection, of the lease, of an answer) the seats
//   here and in Redis are made equal, both ways.
// - A room is said to be of this node alone only while that is known: its set
//   was read, and Redis would have told of any change since (room_mirror).
// - Others' seats are freed only by one whose own lease has held for long
//   enough for theirs to have been renewed.
// - Local delivery waits for none of this.

#pragma once

#include "actors/pinned.hpp"
#include "backplane/cluster_slots.hpp"
#include "backplane/envelope.hpp"
#include "backplane/redis_login.hpp"
#include "backplane/redis_room.hpp"
#include "backplane/redis_sentinels.hpp"
#include "backplane/redis_server.hpp"
#include "conf/redis_url.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signalbox {

/// Starts the Redis backplane of the shard at `where`, as REDIS_URL says.
backplane_actor start_redis_backplane(caf::actor_system& system, home& where);

class redis_backplane : public pinned<redis_backplane_actor> {
public:
  using clock = home::clock;

  // -- time, as others see it -------------------------------------------------

  /// How often the actor looks at the clock.
  static constexpr std::chrono::milliseconds beat_period{50};

  /// From being asked for a seat until the join must have been written; its
  /// answer has as long again.
  static constexpr std::chrono::milliseconds join_deadline{1000};

  /// A subscription outlives its room's last member here by so long.
  static constexpr std::chrono::milliseconds linger{2000};

  /// How often the lease is renewed and others' are looked at, and how long it
  /// lasts: a killed node's seats are free within six seconds or so.
  static constexpr std::chrono::milliseconds lease_period{1000};
  static constexpr std::chrono::milliseconds lease_time{5000};

  /// An entry of a node that is gone stays for the overview.
  static constexpr std::chrono::milliseconds lease_retention{600'000};

  /// A member that is missing from its room's set for so long, with its lease
  /// held, has left: its leave was lost.
  static constexpr std::chrono::milliseconds missing_grace{5000};

  /// A compensated join that has not run by then never does.
  static constexpr std::chrono::seconds tombstone_time{60};

  /// The set of holders with a lease; all nodes know it by this name.
  static constexpr const char* lease_key = "signalbox:nodes";

  redis_backplane(caf::actor_config& config, home& where);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  using outcome_handler = std::function<void(const redis_outcome&)>;

  // -- servers: redis_backplane_servers.cpp -----------------------------------

  void start_servers();
  redis_server& add_server(const wire_target& target);
  void remove_server(redis_server& server);
  redis_server* find_server(server_id id) noexcept;
  redis_server* server_at(const wire_target& target);
  redis_server* server_of(std::string_view key) noexcept;
  bool has_keys(const redis_server& server) const noexcept;
  void aim(redis_server& server, const wire_target& target);
  void commands_changed(server_id id, bool is_there);
  void subscriber_changed(server_id id, std::int64_t client,
                          std::string untracked_why);
  void link_changed(redis_server& server, bool was_linked);
  void linked(redis_server& server);
  void unlinked(redis_server& server);
  void track(redis_server& server);
  void ask_for_slots();
  void renew_slots();
  void take_slots(redis_server& from, const redis_outcome& outcome);
  redis_server* follow(std::string_view error, const redis_server& from);
  void place_moved(std::uint16_t slot);
  void run(redis_server& server, redis_command command,
           outcome_handler handler);
  bool run_where_asked(const redis_outcome& outcome,
                       const redis_command& command, server_id at,
                       const outcome_handler& handler);
  caf::result<drained_atom> drain();

  // -- health: redis_backplane_health.cpp -------------------------------------

  void choose_probe_key(redis_server& server);
  void probe(redis_server& server);
  void probe_answered(redis_server& server, const std::string& payload,
                      const redis_outcome& outcome);
  void probe_failed(redis_server& server);
  void probe_heard(redis_server& server, std::string_view payload);
  void note_heard();
  void check_probes();
  void set_health(redis_server& server, bool is_healthy);
  void tell_health();
  void report(backplane_event event);
  void report_failure(std::string_view what, const redis_outcome& outcome);

  // -- seats: redis_backplane_seats.cpp ---------------------------------------

  /// What has to be known when a join is answered.
  struct join_facts {
    std::string key;
    session_id who;
    server_id at;
    std::uint64_t epoch;
    /// It asked for the members.
    bool is_read;
    /// It is the second one, after the dead were removed.
    bool is_retry;
  };

  caf::result<bool> seat(const std::string& name, const room_actor& actor,
                         session_id who);
  void go_on(redis_room& room);
  void join(redis_room& room, redis_room::seat& seat,
            std::vector<std::string> dead);
  void joined(const join_facts& facts, const redis_outcome& outcome);
  void seated(redis_room& room, redis_room::seat& seat);
  void room_was_full(redis_room& room, session_id who, bool is_retry,
                     const resp_value& reply);
  void retry_without_dead(redis_room& room, session_id who,
                          const std::vector<std::string>& members,
                          const redis_outcome& lease);
  void not_seated(redis_room& room, session_id who, ec why);
  void give_up_waiting();
  void vacate(const std::string& name, session_id who);
  void leave(redis_room& room, session_id who);
  void vacated(redis_room& room);
  void compensate(redis_room& room);
  void compensated(redis_room& room, server_id at,
                   const std::vector<std::string>& members,
                   const redis_outcome& outcome);
  void adopt(const std::string& name, const room_actor& actor,
             const session_ids& who);
  std::string member(session_id who) const;
  std::string publish_command() const;

  // -- keeping equal: redis_backplane_mending.cpp -----------------------------

  redis_room& room_at(std::string key);
  redis_room* find_room(const std::string& key) noexcept;
  std::chrono::milliseconds renewal_period() const noexcept;
  void renew_later(redis_room& room);
  void place(redis_room& room);
  void place_all();
  void place_refused();
  void wants_mending(redis_room& room);
  void put_off(redis_room& room);
  void reconcile_all();
  void mend_some();
  void mend(redis_room& room);
  void reconcile(redis_room& room);
  void reconciled(redis_room& room, const redis_outcome& outcome);
  bool holds_ours(const redis_room& room,
                  const std::vector<std::string_view>& ids) const;
  void note_strangers(redis_room& room,
                      const std::vector<std::string_view>& ids);
  void refresh(redis_room& room);
  void members_known(redis_room& room, const redis_outcome& outcome,
                     std::vector<std::string_view> members);
  redis_command lease_command(const std::vector<std::string>& others) const;
  void renew_lease();
  void lease_renewed(const redis_outcome& outcome);
  void note_lease(const resp_value& reply);
  bool may_judge() const noexcept;
  void bury(const std::vector<std::string>& holders);
  void announce_missing();
  void renew_rooms();
  void forget_empty();

  // -- who else is there: redis_backplane_cluster.cpp -------------------------

  caf::result<cluster_ptr> cluster();
  cluster_ptr nodes_in(const resp_value& leases) const;
  cluster_ptr known_nodes() const;

  // -- talking: redis_backplane.cpp -------------------------------------------

  void beat();
  void spread(const std::string& name, session_id from,
              const relay_batch& batch);
  void publish_leave(redis_room& room, const std::string& member);
  void heard(server_id from, const std::vector<heard_event>& events);
  void refused(redis_server& server, const std::string& error);
  void hear(redis_room& room, std::string_view text);
  relay_batch& heard_batch(redis_room& room);
  void tell_leaves(redis_room& room, std::size_t count);
  void pass_on_heard();
  void invalidated(redis_room& room);
  bool is_remote(const redis_room& room) const noexcept;
  bool may_be_missed(const redis_room& room) const noexcept;
  void tell_remote(redis_room& room);
  void count_admission(const ip_address& client);

  const redis_url& url_;
  const std::string holder_;
  const redis_login login_;
  const bool is_cluster_;

  std::vector<std::unique_ptr<redis_server>> servers_;
  std::uint32_t servers_made_ = 0;
  slot_map slots_;
  bool has_slots_ = false;
  clock::time_point slots_asked_{};
  bool are_slots_wanted_ = false;
  /// Slots whose rooms were placed again since the map was read.
  std::set<std::uint16_t> moved_;
  /// Subscriptions that were refused are asked for again.
  bool is_placing_due_ = false;
  clock::time_point place_after_{};
  /// Null without sentinels.
  redis_sentinels_actor sentinel_watch_;
  bool is_up_ = false;
  bool has_failed_ = false;

  std::unordered_map<std::string, std::unique_ptr<redis_room>> rooms_;
  /// Seats that wait for a subscription, oldest first.
  struct deadline {
    clock::time_point at;
    std::string key;
    session_id who;
  };
  std::deque<deadline> waiting_;
  /// Rooms to forget, maybe more than once, and rooms whose TTL to renew, each
  /// once; soonest first.
  std::deque<std::pair<clock::time_point, std::string>> empty_;
  std::set<std::pair<clock::time_point, std::string>> renewals_;
  /// Rooms to be read or reconciled.
  std::deque<std::string> mending_;
  std::size_t mends_under_way_ = 0;
  std::vector<redis_room*> touched_;
  envelope_parser parser_;

  clock::time_point lease_asked_{};
  clock::time_point lease_answered_{};
  bool had_lease_ = false;
  std::optional<clock::time_point> lease_held_since_;
  bool is_lease_under_way_ = false;
};

} // namespace signalbox
