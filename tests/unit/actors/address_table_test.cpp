#include "actors/address_table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using signalbox::address_lease;
using signalbox::address_limits;
using signalbox::address_table;
using signalbox::ec;
using signalbox::ip_address;

namespace {

constexpr std::uint64_t unlimited = 1'000'000'000'000;

ip_address address(std::uint32_t number) {
  return ip_address::from_v4({static_cast<std::uint8_t>(number >> 24),
                              static_cast<std::uint8_t>(number >> 16),
                              static_cast<std::uint8_t>(number >> 8),
                              static_cast<std::uint8_t>(number)});
}

ip_address address(const char* text) {
  return ip_address::parse(text).value();
}

/// How many of `attempts` upgrades are admitted; each is dropped at once.
int admitted(address_table& table, const ip_address& client, double now,
             int attempts) {
  int granted = 0;
  for (int i = 0; i < attempts; ++i)
    granted += table.admit(client, now).error == ec::none ? 1 : 0;
  return granted;
}

int messages_taken(address_lease& lease, double now, int attempts) {
  int granted = 0;
  for (int i = 0; i < attempts; ++i)
    granted += lease.try_take_message(now) ? 1 : 0;
  return granted;
}

} // namespace

TEST_CASE("address_table: upgrades over the limit are refused",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = 10}};
  CHECK(admitted(table, address("192.0.2.1"), 100, 15) == 10);
  const auto refused = table.admit(address("192.0.2.1"), 100);
  CHECK(refused.error == ec::address_limited);
  CHECK_FALSE(refused.lease);
}

TEST_CASE("address_table: addresses do not share a limit", "[address_table]") {
  address_table table{{.upgrades_per_10s = 1}};
  CHECK(admitted(table, address("192.0.2.1"), 100, 2) == 1);
  CHECK(admitted(table, address("192.0.2.2"), 100, 2) == 1);
}

TEST_CASE("address_table: an IPv6 /64 is one address", "[address_table]") {
  address_table table{{.upgrades_per_10s = 3}};
  CHECK(admitted(table, address("2001:db8::1"), 100, 2) == 2);
  CHECK(admitted(table, address("2001:db8::2:1"), 100, 2) == 1);
  CHECK(admitted(table, address("2001:db8:0:1::1"), 100, 4) == 3);
}

TEST_CASE("address_table: an IPv4-mapped address is the IPv4 address",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = 3}};
  CHECK(admitted(table, address("192.0.2.1"), 100, 2) == 2);
  CHECK(admitted(table, address("::ffff:192.0.2.1"), 100, 2) == 1);
}

TEST_CASE("address_table: refused upgrades cost nothing", "[address_table]") {
  address_table table{{.upgrades_per_10s = 10}};
  const auto client = address("192.0.2.1");
  CHECK(admitted(table, client, 100, 10) == 10);
  CHECK(admitted(table, client, 100.5, 1000) == 0);
  CHECK(admitted(table, client, 101, 1000) == 1);
  CHECK(admitted(table, client, 111, 1000) == 10);
}

TEST_CASE(
  "address_table: connections over the limit are refused until one "
  "goes",
  "[address_table]") {
  address_table table{{.upgrades_per_10s = unlimited, .connections_max = 2}};
  const auto client = address("192.0.2.1");
  auto first = table.admit(client, 100);
  auto second = table.admit(client, 100);
  CHECK(second.error == ec::none);
  CHECK(table.admit(client, 200).error == ec::address_limited);
  first.lease = {};
  CHECK(table.admit(client, 200).error == ec::none);
}

TEST_CASE("address_table: connections are counted by IPv6 /64",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = unlimited, .connections_max = 2}};
  auto first = table.admit(address("2001:db8::1"), 100);
  auto second = table.admit(address("2001:db8::2:1"), 100);
  CHECK(second.error == ec::none);
  CHECK(table.admit(address("2001:db8::3:0:1"), 100).error
        == ec::address_limited);
  CHECK(table.admit(address("2001:db8:0:1::1"), 100).error == ec::none);
  second.lease = {};
  CHECK(table.admit(address("2001:db8::3:0:1"), 100).error == ec::none);
}

TEST_CASE("address_table: a refusal for connections takes no upgrade",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = 2, .connections_max = 1}};
  const auto client = address("192.0.2.1");
  auto held = table.admit(client, 100);
  CHECK(admitted(table, client, 100, 50) == 0);
  held.lease = {};
  CHECK(admitted(table, client, 100, 50) == 1);
}

TEST_CASE(
  "address_table: messages are counted over all connections of an "
  "address",
  "[address_table]") {
  address_table table{{.messages_per_10s = 500}};
  auto first = table.admit(address("192.0.2.1"), 100).lease;
  auto second = table.admit(address("192.0.2.1"), 100).lease;
  auto other = table.admit(address("192.0.2.2"), 100).lease;
  CHECK(messages_taken(first, 100, 300) == 300);
  CHECK(messages_taken(second, 100, 300) == 200);
  CHECK(messages_taken(first, 100, 1) == 0);
  CHECK(messages_taken(other, 100, 501) == 500);
}

TEST_CASE("address_table: reconnecting does not refill the messages",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = unlimited, .messages_per_10s = 500}};
  const auto client = address("192.0.2.1");
  auto lease = table.admit(client, 100).lease;
  CHECK(messages_taken(lease, 100, 500) == 500);
  lease = {};
  lease = table.admit(client, 101).lease;
  CHECK(messages_taken(lease, 101, 500) == 50);
}

TEST_CASE("address_table: a moved lease is given back once",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = unlimited, .connections_max = 1}};
  const auto client = address("192.0.2.1");
  auto lease = table.admit(client, 100).lease;
  {
    address_lease moved{std::move(lease)};
    CHECK(moved);
    CHECK(table.admit(client, 100).error == ec::address_limited);
    lease = std::move(moved);
  }
  CHECK(lease);
  CHECK(table.admit(client, 100).error == ec::address_limited);
  lease = {};
  CHECK(table.admit(client, 100).error == ec::none);
}

TEST_CASE(
  "address_table: a lease is one pointer and an empty one limits "
  "nothing",
  "[address_table]") {
  static_assert(!std::is_copy_constructible_v<address_lease>);
  CHECK(sizeof(address_lease) == sizeof(void*));
  address_lease none;
  CHECK(messages_taken(none, 0, 1000) == 1000);
}

TEST_CASE("address_table: the limits are those of the options",
          "[address_table]") {
  signalbox::options settings;
  settings.rate_limit_conn_per_10s = 1;
  settings.rate_limit_ip_msgs_per_10s = 2;
  settings.max_connections_per_ip = 3;
  const auto limits = address_limits::from(settings);
  CHECK(limits.upgrades_per_10s == 1);
  CHECK(limits.messages_per_10s == 2);
  CHECK(limits.connections_max == 3);
}

TEST_CASE(
  "address_table: an address is remembered while it is connected or "
  "its buckets refill",
  "[address_table]") {
  address_table table{{.upgrades_per_10s = 1, .messages_per_10s = 1}};
  auto lease = table.admit(address("192.0.2.1"), 100).lease;
  admitted(table, address("192.0.2.2"), 110, 1);
  CHECK(table.size() == 2);
  CHECK(messages_taken(lease, 112, 1) == 1);
  lease = {};
  // The second one is as new at 120, the first one at 122.
  admitted(table, address("192.0.2.3"), 120, 1);
  CHECK(table.size() == 2);
  admitted(table, address("192.0.2.4"), 121.5, 1);
  CHECK(table.size() == 3);
  admitted(table, address("192.0.2.5"), 122, 1);
  CHECK(table.size() == 3);
}

TEST_CASE("address_table: a million addresses leave those of the last second",
          "[address_table]") {
  // One upgrade of ten in 10 s is forgotten after a second.
  address_table table{{.upgrades_per_10s = 10}};
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    admitted(table, address(i), i / 8192.0, 1);
    most = std::max(most, table.size());
  }
  CHECK(most == 8192);
}

TEST_CASE("address_table: a crowd that left is forgotten as others come",
          "[address_table]") {
  address_table table{{}};
  std::vector<address_lease> leases;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    leases.push_back(table.admit(address(i), 100).lease);
  // Connected ones are never forgotten, and not in the way of others.
  for (std::uint32_t i = 0; i < 10'000; ++i)
    admitted(table, address(1'000'000 + i), 200 + 2.0 * i, 1);
  CHECK(table.size() == 10'001);
  leases.clear();
  for (std::uint32_t i = 0; i < 10'000; ++i)
    admitted(table, address(2'000'000 + i), 30'000 + 2.0 * i, 1);
  CHECK(table.size() == 1);
}

TEST_CASE("address_table: two threads together are admitted exactly the limit",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = 20'000}};
  const auto client = address("192.0.2.1");
  int there = 0;
  std::thread other{[&] { there = admitted(table, client, 100, 20'000); }};
  const auto here = admitted(table, client, 100, 20'000);
  other.join();
  CHECK(here + there == 20'000);
  CHECK(admitted(table, client, 100, 1) == 0);
}

TEST_CASE("address_table: two threads together send exactly the limit",
          "[address_table]") {
  address_table table{{.messages_per_10s = 100'000}};
  const auto client = address("192.0.2.1");
  auto mine = table.admit(client, 100).lease;
  int there = 0;
  std::thread other{[&, lease = table.admit(client, 100).lease]() mutable {
    there = messages_taken(lease, 100, 100'000);
  }};
  const auto here = messages_taken(mine, 100, 100'000);
  other.join();
  CHECK(here + there == 100'000);
}

TEST_CASE("address_table: two threads coming and going leave no connection",
          "[address_table]") {
  address_table table{{.upgrades_per_10s = 10, .connections_max = 1}};
  const auto churn = [&table] {
    for (std::uint32_t i = 0; i < 20'000; ++i)
      admitted(table, address(i % 7), 20.0 * i, 1);
  };
  std::thread other{churn};
  churn();
  other.join();
  for (std::uint32_t i = 0; i < 7; ++i)
    CHECK(admitted(table, address(i), 1e7, 1) == 1);
}

TEST_CASE("address_table: what other nodes admitted is taken off",
          "[address_table]") {
  address_limits limits;
  limits.upgrades_per_10s = 5;
  address_table table{limits};
  const auto client = *ip_address::parse("192.0.2.7");
  const auto first = table.admit(client, 100);
  CHECK(first.error == ec::none);
  table.limit_upgrades(client, 1, 100);
  const auto second = table.admit(client, 100);
  CHECK(second.error == ec::none);
  CHECK(table.admit(client, 100).error == ec::address_limited);
  // An address that is not known here has nothing to be taken off.
  table.limit_upgrades(*ip_address::parse("192.0.2.8"), -5, 100);
  CHECK(table.size() == 1);
}

// -- failed authorisations ----------------------------------------------------

namespace {

/// Whether one more failure of the client blocks its address.
bool fails(address_table& table, const ip_address& client, double now) {
  return table.admit(client, now).lease.fail_authorisation(now);
}

address_limits blocking_after(std::uint64_t failures,
                              std::chrono::milliseconds block) {
  address_limits limits;
  limits.upgrades_per_10s = unlimited;
  limits.auth_failures_per_10s = failures;
  limits.auth_block = block;
  return limits;
}

} // namespace

TEST_CASE("address_table: more failures than allowed block an address",
          "[address_table]") {
  address_table table{blocking_after(2, std::chrono::seconds{60})};
  const auto client = address("192.0.2.1");
  CHECK_FALSE(fails(table, client, 100));
  CHECK_FALSE(fails(table, client, 100));
  CHECK(fails(table, client, 100));
  const auto refused = table.admit(client, 159.9);
  CHECK(refused.is_blocked);
  CHECK(refused.error == ec::address_limited);
  CHECK_FALSE(refused.lease);
  CHECK(table.admit(address("192.0.2.2"), 100).error == ec::none);
  CHECK(table.admit(client, 160).error == ec::none);
}

TEST_CASE("address_table: failures block an IPv6 /64", "[address_table]") {
  address_table table{blocking_after(2, std::chrono::seconds{60})};
  CHECK_FALSE(fails(table, address("2001:db8::1"), 100));
  CHECK_FALSE(fails(table, address("2001:db8::2:1"), 100));
  CHECK(table.fail_authorisation(address("2001:db8::3:0:1"), 100));
  CHECK(table.admit(address("2001:db8::4"), 159.9).is_blocked);
  CHECK(table.is_blocked(address("2001:db8::ffff:ffff:ffff:ffff"), 159.9));
  CHECK_FALSE(table.admit(address("2001:db8:0:1::1"), 100).is_blocked);
  CHECK_FALSE(table.admit(address("2001:db8::4"), 160).is_blocked);
}

TEST_CASE("address_table: failures at the allowed pace block nobody",
          "[address_table]") {
  address_table table{blocking_after(5, std::chrono::seconds{60})};
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(fails(table, address("192.0.2.1"), 100 + 2.0 * i));
}

TEST_CASE("address_table: a block is not made longer by those already in",
          "[address_table]") {
  address_table table{blocking_after(1, std::chrono::seconds{60})};
  const auto client = address("192.0.2.1");
  auto early = table.admit(client, 100).lease;
  CHECK_FALSE(fails(table, client, 100));
  CHECK(fails(table, client, 100));
  CHECK_FALSE(early.fail_authorisation(150));
  CHECK(table.admit(client, 161).error == ec::none);
}

TEST_CASE("address_table: tokens of requests count as those of sessions",
          "[address_table]") {
  address_table table{blocking_after(2, std::chrono::seconds{60})};
  const auto client = address("192.0.2.1");
  CHECK_FALSE(table.is_blocked(client, 100));
  CHECK_FALSE(table.fail_authorisation(client, 100));
  CHECK_FALSE(fails(table, client, 100));
  CHECK_FALSE(table.is_blocked(client, 100));
  CHECK(table.fail_authorisation(client, 100));
  CHECK(table.is_blocked(client, 159.9));
  CHECK(table.admit(client, 159.9).is_blocked);
  CHECK_FALSE(table.is_blocked(address("192.0.2.2"), 100));
  CHECK_FALSE(table.is_blocked(client, 160));
}

TEST_CASE("address_table: addresses that only guessed are forgotten",
          "[address_table]") {
  address_table table{blocking_after(2, std::chrono::seconds{60})};
  for (std::uint32_t i = 0; i < 100; ++i)
    table.fail_authorisation(address(i), 100);
  CHECK(table.size() == 100);
  for (std::uint32_t i = 0; i < 100; ++i)
    table.fail_authorisation(address(7), 200);
  CHECK(table.size() == 1);
}

TEST_CASE("address_table: one that goes on guessing keeps no other remembered",
          "[address_table]") {
  address_table table{blocking_after(100, std::chrono::seconds{60})};
  table.fail_authorisation(address(200), 100);
  for (std::uint32_t i = 0; i < 100; ++i)
    table.fail_authorisation(address(i), 100);
  for (int i = 0; i < 300; ++i)
    CHECK_FALSE(table.fail_authorisation(address(200), 100 + 0.1 * i));
  CHECK(table.size() == 1);
}

TEST_CASE("address_table: a block outlives the address' last connection",
          "[address_table]") {
  address_table table{blocking_after(1, std::chrono::seconds{60})};
  const auto client = address("192.0.2.1");
  CHECK_FALSE(fails(table, client, 100));
  CHECK(fails(table, client, 100));
  for (std::uint32_t i = 0; i < 100; ++i)
    table.admit(address(i), 150);
  CHECK(table.admit(client, 159).is_blocked);
}

TEST_CASE("address_table: blocked addresses do not keep others remembered",
          "[address_table]") {
  address_table table{blocking_after(1, std::chrono::hours{1})};
  for (std::uint32_t i = 0; i < 10; ++i) {
    fails(table, address(i), 100);
    CHECK(fails(table, address(i), 100));
  }
  for (std::uint32_t i = 10; i < 110; ++i)
    table.admit(address(i), 101);
  CHECK(table.size() == 110);
  for (int i = 0; i < 200; ++i)
    table.admit(address("192.0.2.1"), 200);
  CHECK(table.size() == 11);
  for (int i = 0; i < 20; ++i)
    table.admit(address("192.0.2.1"), 4000);
  CHECK(table.size() == 1);
}
