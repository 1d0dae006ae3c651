// Actors that only write down what they are told, for the tests of the one
// they stand around.

#pragma once

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_session.hpp"

#include <string>
#include <vector>

namespace signalbox::test {

inline std::string to_string(session_id id) {
  return std::to_string(id.value);
}

/// Stands in for a room.
class fake_room final : public pinned<room_actor> {
public:
  fake_room(caf::actor_config& config, home& where, transcript& log)
    : pinned(config, where, actor_kind::room), log_(log) {
    // nop
  }

  using pinned<room_actor>::self_handle;

protected:
  behavior_type make_behavior() override {
    return {
      [this](enter_atom, session_id id, const session_actor&) {
        log_.push_back("enter " + to_string(id));
        return caf::strong_actor_ptr{ctrl()};
      },
      [this](leave_room_atom, session_id id) {
        log_.push_back("leave " + to_string(id));
      },
      [this](relay_atom, session_id from, const batch_ptr& batch) {
        for (auto& x : texts_of(batch->frames))
          log_.push_back("relay " + to_string(from) + " " + x);
      },
      [this](deliver_atom, const batch_ptr& batch) {
        for (auto& x : texts_of(batch->frames))
          log_.push_back("deliver " + x);
      },
      [this](remote_atom, bool is_possible) {
        log_.push_back(is_possible ? "remote" : "alone");
      },
      [this](end_atom, session_id id, ec why) {
        log_.push_back("end " + to_string(id) + " "
                       + std::string{name_of(why)});
      },
      [this](reseat_atom) { log_.push_back("reseat"); },
    };
  }

private:
  transcript& log_;
};

/// Stands in for the room directory: answers an `enter` with its room, or with
/// an error, or when the test says so.
class fake_directory final : public pinned<room_directory_actor> {
public:
  fake_directory(caf::actor_config& config, home& where, transcript& log)
    : pinned(config, where, actor_kind::room_directory), log_(log) {
    // nop
  }

  ec refusal = ec::none;
  bool answers_later = false;
  room_actor room;
  std::vector<caf::typed_response_promise<caf::strong_actor_ptr>> waiting;

protected:
  behavior_type make_behavior() override {
    home_.directory = self_handle();
    return {
      [this](enter_atom, const std::string& name, session_id id,
             const session_actor&) -> caf::result<caf::strong_actor_ptr> {
        log_.push_back("enter " + name + " " + to_string(id));
        if (refusal != ec::none)
          return error_of(refusal);
        if (!answers_later)
          return caf::actor_cast<caf::strong_actor_ptr>(room);
        waiting.push_back(make_response_promise<caf::strong_actor_ptr>());
        return waiting.back();
      },
      [this](leave_room_atom, const std::string& name, session_id id) {
        log_.push_back("leave " + name + " " + to_string(id));
      },
      [this](retire_atom, const std::string& name, std::uint64_t seen) {
        log_.push_back("retire " + name + " " + std::to_string(seen));
      },
      [this](failed_atom, const std::string& name) {
        log_.push_back("failed " + name);
      },
      [this](reseat_atom) { log_.push_back("reseat"); },
    };
  }

  // A promise refers back to its actor.
  void on_exit() override { waiting.clear(); }

private:
  transcript& log_;
};

/// Stands in for a backplane: gives or refuses seats, or answers when the test
/// says so.
class fake_backplane final : public pinned<backplane_actor> {
public:
  fake_backplane(caf::actor_config& config, home& where, transcript& log)
    : pinned(config, where, actor_kind::backplane), log_(log) {
    // nop
  }

  ec refusal = ec::none;
  bool is_remote_possible = false;
  bool answers_later = false;
  std::vector<caf::typed_response_promise<bool>> waiting;

protected:
  behavior_type make_behavior() override {
    home_.backplane = self_handle();
    return {
      [this](seat_atom, const std::string& name, const room_actor&,
             session_id id) -> caf::result<bool> {
        log_.push_back("seat " + name + " " + to_string(id));
        if (refusal != ec::none)
          return error_of(refusal);
        if (!answers_later)
          return is_remote_possible;
        waiting.push_back(make_response_promise<bool>());
        return waiting.back();
      },
      [this](vacate_atom, const std::string& name, session_id id) {
        log_.push_back("vacate " + name + " " + to_string(id));
      },
      [this](spread_atom, const std::string& name, session_id from,
             const batch_ptr& batch) {
        for (auto& x : texts_of(batch->frames))
          log_.push_back("spread " + name + " " + to_string(from) + " " + x);
      },
      [this](adopt_atom, const std::string& name, const room_actor&,
             const session_ids& ids) {
        std::string line = "adopt " + name;
        for (auto id : ids)
          line += " " + to_string(id);
        log_.push_back(line);
      },
      [this](admitted_atom, const ip_address& client) {
        log_.push_back("admitted " + client.to_string());
      },
      [this](probe_atom) { log_.push_back("probe"); },
      [this](cluster_atom) {
        log_.push_back("cluster");
        return std::make_shared<const cluster_nodes>();
      },
      [this](drain_atom) {
        log_.push_back("drain");
        return drained_atom_v;
      },
    };
  }

  void on_exit() override {
    waiting.clear();
    if (home_.backplane == self_handle())
      home_.backplane = nullptr;
  }

private:
  transcript& log_;
};

/// Stands in for the key keeper: answers when the test says so.
class fake_key_keeper final : public pinned<key_keeper_actor> {
public:
  fake_key_keeper(caf::actor_config& config, home& where)
    : pinned(config, where, actor_kind::key_keeper) {
    // nop
  }

  std::vector<caf::typed_response_promise<fresh_atom>> waiting;

  void answer_all() {
    for (auto& x : std::exchange(waiting, {}))
      x.deliver(fresh_atom_v);
  }

protected:
  behavior_type make_behavior() override {
    return {
      [this](freshen_atom) -> caf::result<fresh_atom> {
        waiting.push_back(make_response_promise<fresh_atom>());
        return waiting.back();
      },
    };
  }

  void on_exit() override {
    for (auto& x : std::exchange(waiting, {}))
      x.deliver(error_of(ec::internal));
  }
};

/// Stands in for a session in a room.
class fake_member final : public pinned<session_actor> {
public:
  fake_member(caf::actor_config& config, home& where)
    : pinned(config, where, actor_kind::session) {
    // nop
  }

  transcript heard;

protected:
  behavior_type make_behavior() override {
    return {
      [this](deliver_atom, const batch_ptr& batch) {
        for (auto& x : texts_of(batch->frames))
          heard.push_back(x);
      },
      [this](dropped_atom, const batch_ptr& batch, std::uint32_t passed_on) {
        heard.push_back("dropped " + std::to_string(passed_on) + " of "
                        + std::to_string(batch->messages));
      },
      [this](end_atom, ec reason) {
        heard.push_back("end " + std::string{name_of(reason)});
      },
      [](opened_atom) {},
      [](gone_atom) {},
    };
  }
};

/// Stands in for the supervisor: writes down which kind of actor failed.
class fake_supervisor final : public pinned<supervisor_actor> {
public:
  fake_supervisor(caf::actor_config& config, home& where, transcript& log)
    : pinned(config, where, actor_kind::supervisor), log_(log) {
    where.supervisor = self_handle();
  }

protected:
  behavior_type make_behavior() override {
    return {
      [](beat_atom) {},
      [this](failed_atom, actor_kind kind, const caf::error&) {
        log_.push_back("failed " + std::string{name_of(kind)});
      },
      [this](health_atom, backplane_event event) {
        log_.push_back(event == backplane_event::success   ? "success"
                       : event == backplane_event::failure ? "failure"
                                                           : "returned");
      },
      [this](health_atom, std::uint32_t shard, bool is_up) {
        log_.push_back("shard " + std::to_string(shard)
                       + (is_up ? " up" : " down"));
      },
      [](drain_atom) { return drained_atom_v; },
      [](drain_atom, drain_action, const std::string&) {
        return drain_outcome::started;
      },
      [](look_atom) {
        return std::make_shared<const std::vector<inspector_actor>>();
      },
      [](cluster_atom) { return std::make_shared<const cluster_nodes>(); },
    };
  }

private:
  transcript& log_;
};

} // namespace signalbox::test
