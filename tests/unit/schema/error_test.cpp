// The table of close codes is part of the contract with clients: each row is
// written out here once more, so that a change of one is seen twice.

#include "schema/error.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace signalbox;

namespace {

struct row {
  ec error;
  std::uint16_t base;
  std::uint16_t v1;
  const char* reason;
  bool may_reconnect;
};

constexpr row sessions[] = {
  {ec::invalid_room_id, 1008, 4400, "Invalid roomId", false},
  {ec::unauthorized, 1008, 4401, "Unauthorized", false},
  {ec::room_forbidden, 1008, 4403, "Forbidden", false},
  {ec::origin_not_allowed, 1008, 4403, "Origin not allowed", false},
  {ec::wss_required, 1008, 4403, "WSS required", false},
  {ec::subprotocol_required, 1008, 1008, "Subprotocol required", false},
  {ec::dialect_not_supported, 1008, 1008, "Subprotocol not supported", false},
  {ec::address_limited, 1013, 4429, "Rate limited", true},
  {ec::room_full, 1000, 4409, "Room is full", false},
  {ec::backplane_unavailable, 1013, 1013, "Service unavailable", true},
  {ec::keys_unavailable, 1013, 1013, "Service unavailable", true},
  {ec::slow_consumer, 1013, 4413, "Server overloaded", true},
  {ec::draining, 1012, 1012, "Server draining", true},
  {ec::token_expired, 1008, 4401, "Token expired", true},
  {ec::kicked, 1008, 4410, "Kicked", false},
  {ec::room_closed, 1008, 4410, "Room closed", false},
  {ec::internal, 1011, 1011, "Internal error", true},
};

constexpr ec messages[] = {ec::bad_json,  ec::unknown_type, ec::bad_member,
                           ec::too_large, ec::reserved,     ec::rate_limited};

} // namespace

TEST_CASE("error: each end of a session has its close code and text",
          "[error]") {
  for (const auto& r : sessions) {
    INFO(name_of(r.error));
    CHECK(close_reason_of(r.error, dialect::base).code == r.base);
    CHECK(close_reason_of(r.error, dialect::base).reason == r.reason);
    CHECK(close_reason_of(r.error, dialect::v1).code == r.v1);
    CHECK(close_reason_of(r.error, dialect::v1).reason == r.reason);
  }
}

TEST_CASE("error: each end of a session says whether to come back", "[error]") {
  for (const auto& r : sessions) {
    INFO(name_of(r.error));
    CHECK(may_reconnect(r.error) == r.may_reconnect);
  }
}

TEST_CASE("error: what closes nothing maps to an internal fault", "[error]") {
  for (auto error : messages) {
    INFO(name_of(error));
    for (auto d : {dialect::base, dialect::v1}) {
      CHECK(close_reason_of(error, d).code == 1011);
      CHECK(close_reason_of(error, d).reason == "Internal error");
    }
    CHECK_FALSE(may_reconnect(error));
  }
}

TEST_CASE("error: no error is a normal closure", "[error]") {
  CHECK(close_reason_of(ec::none, dialect::base).code == 1000);
  CHECK(close_reason_of(ec::none, dialect::v1).code == 1000);
  CHECK(close_reason_of(ec::none, dialect::base).reason.empty());
  CHECK_FALSE(may_reconnect(ec::none));
}

TEST_CASE("error: names are unique and lower_snake", "[error]") {
  std::set<std::string> names{std::string{name_of(ec::none)}};
  for (const auto& r : sessions)
    names.emplace(name_of(r.error));
  for (auto error : messages)
    names.emplace(name_of(error));
  CHECK(names.size() == 1 + std::size(sessions) + std::size(messages));
  for (const auto& name : names)
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789")
          == std::string::npos);
}

TEST_CASE("error: names are those of dashboards", "[error]") {
  CHECK(name_of(ec::none) == "none");
  CHECK(name_of(ec::slow_consumer) == "slow_consumer");
  CHECK(name_of(ec::bad_json) == "bad_json");
  CHECK(name_of(ec::rate_limited) == "rate_limited");
}
