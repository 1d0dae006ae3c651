#include "actors/lean_actor.hpp"

#include "actors/messages.hpp"
#include "tests/support/deterministic_system.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

using namespace signalbox;
using signalbox::test::deterministic_system;
using signalbox::test::transcript;

namespace {

using lean = lean_actor<caf::event_based_actor>;

// Writes down what it hears.
class listener final : public lean {
public:
  listener(caf::actor_config& config, transcript& heard)
    : lean(config), heard_(heard) {
    set_default_handler(caf::drop);
  }

  using lean::consume;
  using lean::mailbox_size;

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    if (const auto* content = content_of<relay_atom, session_id, batch_ptr>(x))
      heard_.push_back("relay of "
                       + std::to_string(std::get<1>(*content).value));
    return lean::consume(x);
  }

  caf::behavior make_behavior() override {
    set_exception_handler([](std::exception_ptr&) -> caf::error {
      return caf::exit_reason::unhandled_exception;
    });
    return {
      [](relay_atom, session_id, const batch_ptr&) {},
      [this](const std::string& text) { heard_.push_back(text); },
      [this](probe_atom) {
        heard_.push_back(std::to_string(mailbox_size()) + " wait");
      },
      [this](beat_atom, const caf::actor& whom) {
        request(whom, caf::infinite, look_atom_v)
          .await([this](const std::string& text) {
            heard_.push_back("awaited " + text);
          });
      },
      [this](gone_atom) { quit(); },
      [](failed_atom) { throw std::runtime_error("as told"); },
    };
  }

  void on_exit() override { heard_.push_back("the end"); }

private:
  transcript& heard_;
};

// A class, as for a function CAF takes a null pointer (UBSan).
class answerer final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {[](look_atom) { return std::string{"answer"}; }};
  }
};

struct fixture : deterministic_system {
  transcript& heard = new_transcript();
  caf::actor who = system.spawn<listener, caf::hidden>(std::ref(heard));

  fixture() { run(); }

  ~fixture() {
    caf::anon_send_exit(who, caf::exit_reason::kill);
    run();
  }

  /// Sends each of them.
  template <class... Ts>
  void send(Ts... xs) {
    (caf::anon_send(who, std::move(xs)), ...);
  }

  caf::resumable::resume_result resume(std::size_t messages_max) {
    auto* job = coordinator.jobs.front();
    coordinator.jobs.pop_front();
    const auto result = job->resume(&where, messages_max);
    if (result == caf::resumable::resume_later)
      coordinator.jobs.push_back(job);
    else
      caf::intrusive_ptr_release(job);
    return result;
  }

  caf::scoped_execution_unit where{&system};
};

std::string text(const char* x) {
  return x;
}

} // namespace

TEST_CASE_METHOD(fixture, "lean actor: messages are handled in their order",
                 "[lean_actor]") {
  send(text("a"), text("b"), text("c"));
  CHECK(resume(100) == caf::resumable::awaiting_message);
  CHECK(heard == transcript{"a", "b", "c"});
}

TEST_CASE_METHOD(fixture, "lean actor: what is urgent comes first",
                 "[lean_actor]") {
  send(text("a"), text("b"));
  caf::anon_send<caf::message_priority::high>(who, text("urgent"));
  CHECK(resume(100) == caf::resumable::awaiting_message);
  CHECK(heard == transcript{"urgent", "a", "b"});
}

TEST_CASE_METHOD(fixture, "lean actor: it stops after so many messages",
                 "[lean_actor]") {
  send(text("a"), text("b"), text("c"));
  CHECK(resume(2) == caf::resumable::resume_later);
  CHECK(heard == transcript{"a", "b"});
  CHECK(resume(1) == caf::resumable::awaiting_message);
  CHECK(heard == transcript{"a", "b", "c"});
}

TEST_CASE_METHOD(fixture, "lean actor: its first turn is like any other",
                 "[lean_actor]") {
  caf::anon_send_exit(who, caf::exit_reason::kill);
  run();
  heard.clear();
  who = system.spawn<listener, caf::hidden>(std::ref(heard));
  send(text("a"), text("b"), text("c"));
  CHECK(resume(2) == caf::resumable::resume_later);
  CHECK(heard == transcript{"a", "b"});
  CHECK(resume(2) == caf::resumable::awaiting_message);
  CHECK(heard == transcript{"a", "b", "c"});
}

TEST_CASE_METHOD(fixture,
                 "lean actor: while it awaits an answer all else waits",
                 "[lean_actor]") {
  const auto other = system.spawn<answerer, caf::hidden>();
  run();
  caf::anon_send(who, beat_atom_v, other);
  send(text("a"), text("b"));
  while (next_in_line(who))
    step();
  CHECK(heard == transcript{});
  run();
  CHECK(heard == transcript{"awaited answer", "a", "b"});
}

TEST_CASE_METHOD(fixture, "lean actor: it ends when told, and hears no more",
                 "[lean_actor]") {
  send(text("a"), gone_atom_v);
  send(text("b"));
  CHECK(resume(100) == caf::resumable::done);
  CHECK(heard == transcript{"a", "the end"});
}

TEST_CASE_METHOD(fixture, "lean actor: it ends when a handler throws",
                 "[lean_actor]") {
  send(text("a"), failed_atom_v);
  send(text("b"));
  CHECK(resume(100) == caf::resumable::done);
  CHECK(heard == transcript{"a", "the end"});
}

TEST_CASE_METHOD(fixture, "lean actor: those that wait are counted",
                 "[lean_actor]") {
  send(probe_atom_v, text("a"), text("b"));
  run();
  CHECK(heard == transcript{"2 wait", "a", "b"});
  auto& self = object_of<listener>(who);
  CHECK(self.mailbox_size() == 0);
  send(text("c"));
  run();
  CHECK(heard.back() == "c");
}

TEST_CASE_METHOD(fixture, "lean actor: who asks one that ends is told so",
                 "[lean_actor]") {
  const auto answer = ask<std::string>(who, gone_atom_v);
  const auto late = ask<std::string>(who, look_atom_v);
  run();
  REQUIRE(late->error);
  CHECK(*late->error == caf::sec::request_receiver_down);
}

TEST_CASE_METHOD(fixture, "lean actor: it ends by an exit message, in its turn",
                 "[lean_actor]") {
  send(text("a"));
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
  send(text("b"));
  run();
  CHECK(heard == transcript{"a", "the end"});
}

TEST_CASE("lean actor: nothing of what two threads send is lost or overtaken",
          "[lean_actor]") {
  constexpr int messages = 20'000;
  transcript heard;
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto who = system.spawn<listener>(std::ref(heard));
  const auto send_all = [&who](const std::string& name) {
    for (int i = 0; i < messages; ++i)
      caf::anon_send(who, name + std::to_string(i));
  };
  std::thread other{send_all, "other "};
  send_all("this ");
  other.join();
  caf::anon_send(who, gone_atom_v);
  system.await_all_actors_done();
  REQUIRE(heard.size() == 2 * messages + 1);
  CHECK(heard.back() == "the end");
  for (const std::string name : {"this ", "other "}) {
    transcript of_one;
    transcript expected;
    std::copy_if(heard.begin(), heard.end(), std::back_inserter(of_one),
                 [&](const std::string& x) { return x.starts_with(name); });
    for (int i = 0; i < messages; ++i)
      expected.push_back(name + std::to_string(i));
    CHECK((of_one == expected));
  }
}

TEST_CASE_METHOD(fixture, "lean actor: what was sent is found by its types",
                 "[lean_actor]") {
  send(text("a"));
  caf::anon_send(who, relay_atom_v, session_id{7}, batch_ptr{});
  caf::anon_send(who, deliver_atom_v, session_id{7}, batch_ptr{});
  caf::anon_send(who, relay_atom_v, batch_ptr{});
  run();
  CHECK(heard == transcript{"a", "relay of 7"});
}
