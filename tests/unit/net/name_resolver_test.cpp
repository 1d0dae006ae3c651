#include "net/name_resolver.hpp"

#include "tests/support/wire_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>

using namespace signalbox;
using namespace signalbox::test;

namespace {

name_answer loopback() {
  return {{socket_address::of(*ip_address::parse("127.0.0.1"), 0)}, ""};
}

// Answers when the test lets it, and counts who asked.
struct slow_names {
  std::promise<void> go;
  std::shared_future<void> may_go = go.get_future().share();
  std::shared_ptr<std::atomic<int>> asked =
    std::make_shared<std::atomic<int>>(0);

  name_resolver::look_up_function function() const {
    return [may_go = may_go, asked = asked](const std::string&) {
      ++*asked;
      may_go.wait();
      return loopback();
    };
  }
};

} // namespace

TEST_CASE("name_resolver: the system knows localhost", "[name_resolver]") {
  const auto answer = look_up_name("localhost");
  CHECK(answer.error == "");
  REQUIRE_FALSE(answer.addresses.empty());
  CHECK(address_of(answer.addresses.front().storage).is_loopback());
  CHECK(answer.addresses.front().port() == 0);
}

TEST_CASE("name_resolver: the system says why it knows no address",
          "[name_resolver]") {
  const auto answer = look_up_name("no-such-host.invalid");
  CHECK(answer.addresses.empty());
  CHECK(answer.error != "");
}

TEST_CASE_METHOD(wire_fixture,
                 "name_resolver: all who ask meanwhile get one answer",
                 "[name_resolver]") {
  slow_names names;
  name_resolver resolver{on(), names.function()};
  std::string order;
  const auto first = resolver.resolve("a.example",
                                      [&](const auto&) { order += "1"; });
  auto second = resolver.resolve("a.example",
                                 [&](const auto&) { order += "2"; });
  const auto third = resolver.resolve("a.example",
                                      [&](const auto&) { order += "3"; });
  second.reset();
  names.go.set_value();
  until([&] { return order.size() == 2; });
  CHECK(order == "13");
  CHECK(*names.asked == 1);
}

TEST_CASE_METHOD(wire_fixture, "name_resolver: a later question is asked again",
                 "[name_resolver]") {
  slow_names names;
  names.go.set_value();
  name_resolver resolver{on(), names.function()};
  int answers = 0;
  name_resolver::request again;
  const auto first = resolver.resolve("a.example", [&](const auto&) {
    ++answers;
    again = resolver.resolve("a.example", [&](const auto&) { ++answers; });
  });
  until([&] { return answers == 2; });
  CHECK(*names.asked == 2);
}

TEST_CASE_METHOD(wire_fixture,
                 "name_resolver: it does not wait for its threads",
                 "[name_resolver]") {
  slow_names names;
  bool is_answered = false;
  std::optional<name_resolver> resolver{std::in_place, on(), names.function()};
  const auto asked =
    resolver->resolve("a.example", [&](const auto&) { is_answered = true; });
  resolver.reset();
  names.go.set_value();
  turns();
  CHECK_FALSE(is_answered);
}
