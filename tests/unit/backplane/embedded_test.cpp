#include "backplane/embedded.hpp"

#include "tests/support/deterministic_system.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct embedded_fixture : deterministic_system {
  embedded_fixture() : backplane(embedded_backplane(system, at())) { run(); }

  ~embedded_fixture() { kill(backplane); }

  auto seat(std::uint64_t id) {
    auto result = ask<bool>(backplane, seat_atom_v, std::string{"lobby"},
                            room_actor{}, session_id{id});
    run();
    return result;
  }

  backplane_actor backplane;
};

} // namespace

TEST_CASE_METHOD(embedded_fixture,
                 "embedded: every seat is given, and nobody is elsewhere",
                 "[embedded]") {
  for (std::uint64_t id = 1; id <= 100; ++id) {
    auto answer = seat(id);
    REQUIRE(answer->value);
    CHECK_FALSE(*answer->value);
  }
}

TEST_CASE_METHOD(embedded_fixture,
                 "embedded: what is vacated or spread needs nothing done",
                 "[embedded]") {
  const std::string lobby = "lobby";
  tell(backplane, vacate_atom_v, lobby, session_id{1});
  tell(backplane, spread_atom_v, lobby, session_id{1},
       batch_ptr{std::make_shared<relay_batch>()});
  CHECK(seat(1)->value);
}

TEST_CASE_METHOD(embedded_fixture, "embedded: the home knows it while it is",
                 "[embedded]") {
  CHECK(at().backplane == backplane);
  auto next = embedded_backplane(system, at());
  run();
  CHECK(at().backplane == next);
  // The end of one that was replaced changes nothing.
  kill(backplane);
  CHECK(at().backplane == next);
  kill(next);
  CHECK_FALSE(at().backplane);
}
