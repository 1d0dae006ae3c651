#include "actors/supervisor.hpp"

#include "actors/caretaker.hpp"
#include "actors/inspector.hpp"
#include "actors/room_directory.hpp"
#include "conf/log.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// A caretaker answers a drain when its last session is gone, at the latest when
// its time is over; this only catches one that does not.
constexpr auto drain_grace = 2s;

// For the last leaves to reach Redis; with Redis dead the drain ends all the
// same.
constexpr auto backplane_grace = 1s;

} // namespace

std::chrono::milliseconds beat_interval(const options& settings) noexcept {
  return timer_wheel::tick_for(
    std::min({settings.heartbeat_interval, settings.handshake_timeout,
              settings.drain_timeout}));
}

supervisor::supervisor(caf::actor_config& config, home& where,
                       std::vector<home*> homes,
                       backplane_factory make_backplane,
                       key_keeper_factory make_key_keeper)
  : pinned(config, where, actor_kind::supervisor),
    make_backplane_(std::move(make_backplane)),
    make_key_keeper_(std::move(make_key_keeper)),
    beat_interval_(signalbox::beat_interval(where.settings)),
    breaker_(where.settings.cb_error_threshold, where.settings.cb_open) {
  for (auto* x : homes)
    shards_.push_back({x, {}, {}, {}, {}});
  set_down_handler([this](const caf::down_msg& down) { restart(down); });
}

supervisor::behavior_type supervisor::make_behavior() {
  for (auto& x : shards_)
    start_missing(x);
  start_key_keeper();
  delayed_send(self_handle(), beat_interval_, beat_atom_v);
  return {
    [this](beat_atom) { beat(); },
    [this](failed_atom, actor_kind kind, const caf::error& reason) {
      record_failure(kind, reason);
    },
    [this](health_atom, backplane_event event) { report(event); },
    [this](health_atom, std::uint32_t shard, bool is_up) {
      report(shard, is_up);
    },
    [this](drain_atom) { return drain(); },
    [this](drain_atom, drain_action action, const std::string& from) {
      return start_or_cancel(action, from);
    },
    [this](look_atom) { return inspectors(); },
    [this](cluster_atom) { return ask_for_cluster(); },
  };
}

// Each shard's sessions learn of it by their caretaker.
void supervisor::start_key_keeper() {
  if (!make_key_keeper_)
    return;
  key_keeper_ = make_key_keeper_(system(), home_);
  monitor(key_keeper_);
  for (const auto& x : shards_)
    send(x.caretaker, keeper_atom_v, key_keeper_);
}

// The caretaker comes first: it tells the shard who its supervisor is.
void supervisor::start_missing(subsystems& x) {
  if (!x.caretaker) {
    x.caretaker = spawn_at<caretaker>(system(), *x.where, self_handle());
    monitor(x.caretaker);
    if (key_keeper_)
      send(x.caretaker, keeper_atom_v, key_keeper_);
    if (x.is_draining)
      drain_shard(x);
  }
  if (!x.backplane) {
    x.backplane = make_backplane_(system(), *x.where);
    monitor(x.backplane);
    // Rooms that were there before it.
    if (x.directory)
      send(x.directory, reseat_atom_v);
  }
  if (!x.directory) {
    x.directory = spawn_at<room_directory>(system(), *x.where);
    monitor(x.directory);
  }
  if (!x.inspector) {
    x.inspector = spawn_at<inspector>(system(), *x.where);
    monitor(x.inspector);
  }
}

void supervisor::beat() {
  delayed_send(self_handle(), beat_interval_, beat_atom_v);
  for (const auto& x : shards_)
    send(x.caretaker, beat_atom_v);
  try_circuit();
}

void supervisor::restart(const caf::down_msg& down) {
  if (key_keeper_ == down.source) {
    log::error("actors", "the key keeper ended and is started again",
               {{"reason", system().render(down.reason)}});
    return start_key_keeper();
  }
  for (auto& x : shards_) {
    if (x.caretaker == down.source)
      x.caretaker = nullptr;
    else if (x.backplane == down.source)
      lose_backplane(x);
    else if (x.directory == down.source)
      x.directory = nullptr;
    else if (x.inspector == down.source)
      x.inspector = nullptr;
    else
      continue;
    log::error("actors", "a shard's subsystem ended and is started again",
               {{"shard", x.where->shard},
                {"reason", system().render(down.reason)}});
    start_missing(x);
  }
}

// Its successor says when it can reach the others.
void supervisor::lose_backplane(subsystems& x) {
  x.backplane = nullptr;
  if (home_.node.is_clustered)
    report(x.where->shard, false);
}

void supervisor::record_failure(actor_kind kind, const caf::error& reason) {
  home_.figures.actor_failures[static_cast<std::size_t>(kind)].add();
  log::error("actors", "an actor failed",
             {{"kind", name_of(kind)}, {"reason", system().render(reason)}});
}

// -- circuit breaker ----------------------------------------------------------

void supervisor::report(backplane_event event) {
  const auto was_open = breaker_.is_open_or_half_open();
  switch (event) {
    case backplane_event::success:
      breaker_.report_success(home_.turn_start);
      break;
    case backplane_event::failure:
      breaker_.report_failure(home_.turn_start);
      break;
    case backplane_event::returned:
      breaker_.expect_return();
      try_circuit();
      break;
  }
  const auto is_open = breaker_.is_open_or_half_open();
  home_.node.is_circuit_open = is_open;
  if (is_open != was_open)
    log::warn("actors", is_open ? "circuit opened" : "circuit closed");
}

// Half-open: one shard's probe decides.
void supervisor::try_circuit() {
  if (!breaker_.wants_probe(home_.turn_start))
    return;
  for (const auto& x : shards_)
    send(x.backplane, probe_atom_v);
}

// Ready with all of them: a client's room may be at home on any shard.
void supervisor::report(std::uint32_t shard, bool is_up) {
  shards_[shard].is_backplane_up = is_up;
  home_.node.is_backplane_up =
    std::all_of(shards_.begin(), shards_.end(),
                [](const subsystems& x) { return x.is_backplane_up; });
}

// -- drain --------------------------------------------------------------------

// By a signal: for good, whoever began it.
caf::result<drained_atom> supervisor::drain() {
  const auto has_begun = drain_cause_ != drain_cause::none;
  drain_cause_ = drain_cause::signal;
  if (has_begun && shards_draining_ == 0)
    return drained_atom_v;
  auto promise = make_response_promise<drained_atom>();
  drain_promises_.push_back(promise);
  if (!has_begun)
    start_drain();
  return promise;
}

// Logged here: whoever asked may have given up waiting for the answer.
drain_outcome supervisor::start_or_cancel(drain_action action,
                                          const std::string& from) {
  if (action == drain_action::start) {
    if (drain_cause_ != drain_cause::none)
      return drain_outcome::was_under_way;
    log::audit("admin", "drain started by an admin", {{"from", from}});
    drain_cause_ = drain_cause::admin;
    start_drain();
    return drain_outcome::started;
  }
  if (drain_cause_ == drain_cause::none)
    return drain_outcome::none;
  if (drain_cause_ == drain_cause::signal)
    return drain_outcome::is_final;
  log::audit("admin", "drain cancelled by an admin", {{"from", from}});
  cancel_drain();
  return drain_outcome::cancelled;
}

void supervisor::start_drain() {
  home_.node.is_draining = true;
  ++drains_;
  log::info("actors", "draining",
            {{"drain_timeout_ms", home_.settings.drain_timeout.count()}});
  drain_end_ = home_.turn_start + home_.settings.drain_timeout;
  shards_draining_ = shards_.size();
  for (auto& x : shards_) {
    x.is_draining = true;
    drain_shard(x);
  }
}

// Who is still there stays, and others may come again.
void supervisor::cancel_drain() {
  drain_cause_ = drain_cause::none;
  home_.node.is_draining = false;
  shards_draining_ = 0;
  for (auto& x : shards_) {
    x.is_draining = false;
    send(x.caretaker, cancel_atom_v);
  }
  log::info("actors", "drain cancelled");
}

// Asks the shard's caretaker; and its successor if it fails meanwhile, which
// has what is left of the time.
void supervisor::drain_shard(subsystems& x) {
  const auto left = drain_end_ - home_.turn_start;
  if (left + drain_grace <= 0s)
    return shard_drained(x);
  request(x.caretaker, left + drain_grace, drain_atom_v,
          std::max<caf::timespan>(left, 0s))
    .then(
      [this, &x, drain = drains_](drained_atom) {
        if (drain == drains_)
          shard_drained(x);
      },
      [this, &x, drain = drains_](const caf::error& reason) {
        if (drain == drains_ && reason == caf::sec::request_timeout)
          shard_drained(x);
      });
}

// Its sessions are gone; that they are must reach the other nodes too.
void supervisor::shard_drained(subsystems& x) {
  if (!std::exchange(x.is_draining, false))
    return;
  const auto settle = [this, drain = drains_] {
    if (drain == drains_)
      settle_drain();
  };
  request(x.backplane, backplane_grace, drain_atom_v)
    .then([settle](drained_atom) { settle(); },
          [settle](const caf::error&) { settle(); });
}

void supervisor::settle_drain() {
  if (shards_draining_ == 0 || --shards_draining_ > 0)
    return;
  for (auto& promise : drain_promises_)
    promise.deliver(drained_atom_v);
  drain_promises_.clear();
}

// -- looking inside -----------------------------------------------------------

inspectors_ptr supervisor::inspectors() const {
  auto result = std::make_shared<std::vector<inspector_actor>>();
  for (const auto& x : shards_)
    result->push_back(x.inspector);
  return result;
}

caf::result<cluster_ptr> supervisor::ask_for_cluster() {
  return delegate(shards_.front().backplane, cluster_atom_v);
}

// The node stops: nothing is started again from here on.
void supervisor::on_exit() {
  for (const auto& x : shards_) {
    send_exit(x.caretaker, caf::exit_reason::user_shutdown);
    send_exit(x.directory, caf::exit_reason::user_shutdown);
    send_exit(x.backplane, caf::exit_reason::user_shutdown);
    send_exit(x.inspector, caf::exit_reason::user_shutdown);
  }
  send_exit(key_keeper_, caf::exit_reason::user_shutdown);
  key_keeper_ = nullptr;
  shards_.clear();
  drain_promises_.clear();
}

} // namespace signalbox
