#include "net/admin/admin_inquiry.hpp"

#include "tests/support/deterministic_system.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// Answers what the test says, or nothing at all.
class fake_inspector final : public pinned<inspector_actor> {
public:
  fake_inspector(caf::actor_config& config, home& where)
    : pinned(config, where, actor_kind::inspector) {
    // nop
  }

  std::optional<findings> found;

protected:
  behavior_type make_behavior() override {
    return {
      [this](look_atom, const inquiry_ptr&) -> caf::result<findings_ptr> {
        auto promise = make_response_promise<findings_ptr>();
        if (found)
          promise.deliver(std::make_shared<findings>(*found));
        else
          waiting_.push_back(promise);
        return promise;
      },
      [](go_on_atom) {},
    };
  }

  // A promise refers back to its actor.
  void on_exit() override { waiting_.clear(); }

private:
  std::vector<caf::typed_response_promise<findings_ptr>> waiting_;
};

/// Knows the inspectors.
class fake_supervisor final : public pinned<supervisor_actor> {
public:
  fake_supervisor(caf::actor_config& config, home& where,
                  std::vector<inspector_actor> inspectors)
    : pinned(config, where, actor_kind::supervisor),
      inspectors_(std::make_shared<const std::vector<inspector_actor>>(
        std::move(inspectors))) {
    where.supervisor = self_handle();
  }

protected:
  behavior_type make_behavior() override {
    return {
      [](beat_atom) {},
      [](failed_atom, actor_kind, const caf::error&) {},
      [](health_atom, backplane_event) {},
      [](health_atom, std::uint32_t, bool) {},
      [](drain_atom) { return drained_atom_v; },
      [](drain_atom, drain_action, const std::string&) {
        return drain_outcome::started;
      },
      [this](look_atom) { return inspectors_; },
      [](cluster_atom) { return std::make_shared<const cluster_nodes>(); },
    };
  }

private:
  const inspectors_ptr inspectors_;
};

/// Two shards' inspectors, neither of which answers yet.
struct two_parts : deterministic_system {
  two_parts() {
    const auto a = spawn<fake_inspector>();
    const auto b = spawn<fake_inspector>();
    first = &object_of<fake_inspector>(a);
    second = &object_of<fake_inspector>(b);
    spawn<fake_supervisor>(std::vector{a, b});
    run();
  }

  void ask(inquiry question) {
    spawn<admin_inquiry>(std::make_shared<const inquiry>(std::move(question)),
                         "127.0.0.1",
                         [this](http_answer x) { answers.push_back(x); });
    run();
  }

  /// Of the one answer there is; 0 if there is none yet.
  unsigned status() const {
    REQUIRE(answers.size() <= 1);
    return answers.empty() ? 0 : answers.front().status;
  }

  static sessions_page page_of(std::uint64_t id) {
    sessions_page result;
    result.items.emplace_back().id = session_id{id};
    result.places.push_back({0, {}, id});
    result.total = 1;
    return result;
  }

  fake_inspector* first = nullptr;
  fake_inspector* second = nullptr;
  std::vector<http_answer> answers;
};

} // namespace

TEST_CASE_METHOD(two_parts, "admin_inquiry: a list is made of all parts",
                 "[admin_inquiry]") {
  first->found = page_of(2);
  second->found = page_of(1);
  ask(list_sessions{});
  REQUIRE(status() == 200);
  const auto page = nlohmann::json::parse(answers.front().body);
  CHECK(page["total"] == 2);
  REQUIRE(page["items"].size() == 2);
  CHECK(page["items"][0]["id"] == "1");
  CHECK(page["items"][1]["id"] == "2");
}

TEST_CASE_METHOD(two_parts,
                 "admin_inquiry: a list is 503 if a part does not come in time",
                 "[admin_inquiry]") {
  first->found = page_of(1);
  ask(list_sessions{});
  advance(admin_inquiry::patience - 1ms);
  CHECK(status() == 0);
  advance(1ms);
  REQUIRE(status() == 503);
  CHECK(answers.front().headers == "Retry-After: 1\r\n");
}

TEST_CASE_METHOD(two_parts,
                 "admin_inquiry: who is found by one part is, in spite of "
                 "another that does not answer",
                 "[admin_inquiry]") {
  first->found = kicked_session{session_id{7}, "lobby"};
  ask(kick_session{session_id{7}});
  advance(admin_inquiry::patience);
  REQUIRE(status() == 200);
  CHECK(answers.front().body == R"({"session":"7","room":"lobby"})");
}

TEST_CASE_METHOD(two_parts,
                 "admin_inquiry: who is not found may be where nobody answers",
                 "[admin_inquiry]") {
  first->found = not_found{};
  ask(find_session{session_id{7}});
  CHECK(status() == 0);
  advance(admin_inquiry::patience);
  CHECK(status() == 503);
}

TEST_CASE_METHOD(two_parts, "admin_inquiry: who is nowhere is 404",
                 "[admin_inquiry]") {
  first->found = not_found{};
  second->found = not_found{};
  ask(find_session{session_id{7}});
  CHECK(status() == 404);
}

TEST_CASE_METHOD(two_parts,
                 "admin_inquiry: those of a turn share the time it has",
                 "[admin_inquiry]") {
  std::vector<std::function<void()>> turn;
  at().in_next_turn = [&](std::function<void()> f) {
    turn.push_back(std::move(f));
  };
  at().telling = turn_share{0ns};
  first->found = not_found{};
  second->found = not_found{};
  ask(find_session{session_id{1}});
  ask(find_session{session_id{2}});
  // One has the parts made one; then it frees them; then it writes.
  for (int turns = 0; !turn.empty(); ++turns) {
    REQUIRE(turns < 20);
    CHECK(answers.size() == (turns < 3 ? 0 : 1));
    now += 1ms;
    for (auto& next : std::exchange(turn, {}))
      next();
    run();
  }
  CHECK(answers.size() == 2);
  at().in_next_turn = nullptr;
}
