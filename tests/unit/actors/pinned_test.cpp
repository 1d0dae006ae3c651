#include "actors/pinned.hpp"

#include "tests/support/fake_neighbours.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace signalbox;
using namespace signalbox::test;

namespace {

using number_actor =
  caf::typed_actor<caf::reacts_to<go_on_atom, int>,
                   caf::replies_to<look_atom, int>::with<int>,
                   caf::reacts_to<gone_atom>>;

/// Says which way a number came: below 10 it is handled at once.
class two_ways final : public pinned<number_actor> {
public:
  two_ways(caf::actor_config& config, home& where, transcript& said)
    : pinned(config, where, actor_kind::session), said_(said) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    said_.push_back("begins");
    return {
      [this](go_on_atom, int x) { say("later", x); },
      [this](look_atom, int x) {
        say("later", x);
        return 2 * x;
      },
      [this](gone_atom) { quit(); },
    };
  }

  bool handle_at_once(caf::mailbox_element& x) override {
    if (const auto* content = content_of<go_on_atom, int>(x);
        content && std::get<1>(*content) >= 10)
      return false;
    return handle<go_on_atom, int>(x, [this](int n) { say("at once", n); })
           || handle_request<look_atom, int>(x,
                                             [this](int n) -> caf::result<int> {
                                               say("at once", n);
                                               if (n == 0)
                                                 return error_of(ec::internal);
                                               return 2 * n;
                                             });
  }

private:
  void say(const std::string& way, int x) {
    said_.push_back(way + ' ' + std::to_string(x));
    if (x < 0)
      throw std::runtime_error("negative");
  }

  transcript& said_;
};

/// Requests what is only to be told.
class asks_for_nothing final : public caf::event_based_actor {
public:
  asks_for_nothing(caf::actor_config& config, caf::actor whom,
                   std::shared_ptr<bool> answered)
    : caf::event_based_actor(config),
      whom_(std::move(whom)),
      answered_(std::move(answered)) {
    // nop
  }

protected:
  caf::behavior make_behavior() override {
    request(whom_, caf::infinite, go_on_atom_v, 1).then([this] {
      *answered_ = true;
    });
    return {};
  }

private:
  const caf::actor whom_;
  const std::shared_ptr<bool> answered_;
};

struct one_actor : deterministic_system {
  one_actor() { spawn<fake_supervisor>(failures); }

  actor_details details() { return object_of<two_ways>(who).look_closely(); }

  transcript& failures = new_transcript();
  transcript& said = new_transcript();
  number_actor who = spawn<two_ways>(said);
};

using types = std::vector<std::pair<std::string, std::uint64_t>>;

} // namespace

TEST_CASE_METHOD(one_actor,
                 "pinned: what is handled at once goes past the behavior",
                 "[pinned]") {
  tell(who, go_on_atom_v, 1);
  tell(who, go_on_atom_v, 10);
  tell(who, go_on_atom_v, 2);
  CHECK(said == transcript{"begins", "at once 1", "later 10", "at once 2"});
  CHECK(details().handled_by_type == types{{"goon", 3}});
}

TEST_CASE_METHOD(one_actor, "pinned: so does a request, and is answered",
                 "[pinned]") {
  const auto answer = ask<int>(who, look_atom_v, 4);
  run();
  CHECK(answer->value == 8);
  const auto refusal = ask<int>(who, look_atom_v, 0);
  run();
  CHECK(refusal->reason() == ec::internal);
  CHECK(said == transcript{"begins", "at once 4", "at once 0"});
  CHECK(details().handled_by_type == types{{"look", 2}});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: who waits for an answer where there is none gets an "
                 "empty one",
                 "[pinned]") {
  const auto answered = std::make_shared<bool>(false);
  system.spawn<asks_for_nothing, caf::hidden>(caf::actor_cast<caf::actor>(who),
                                              answered);
  run();
  CHECK(*answered);
  CHECK(said == transcript{"begins", "later 1"});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: who is wrapped in a message goes the "
                 "long way",
                 "[pinned]") {
  caf::anon_send(caf::actor_cast<caf::actor>(who),
                 caf::make_message(go_on_atom_v, 1));
  run();
  CHECK(said == transcript{"begins", "later 1"});
  CHECK(details().handled_by_type == types{{"goon", 1}});
}

TEST_CASE_METHOD(one_actor,
                 "pinned: what throws at once ends the actor, and is told",
                 "[pinned]") {
  tell(who, go_on_atom_v, -1);
  CHECK(said == transcript{"begins", "at once -1"});
  CHECK(failures == transcript{"failed session"});
  const auto late = ask<int>(who, look_atom_v, 4);
  run();
  REQUIRE(late->error);
  CHECK(*late->error == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(one_actor,
                 "pinned: a request that throws at once is answered with it",
                 "[pinned]") {
  const auto answer = ask<int>(who, look_atom_v, -1);
  run();
  CHECK_FALSE(answer->value);
  REQUIRE(answer->error);
  CHECK(failures == transcript{"failed session"});
}
