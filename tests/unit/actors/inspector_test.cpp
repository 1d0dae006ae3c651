#include "actors/inspector.hpp"

#include "actors/room.hpp"
#include "tests/support/supervisor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// One shard with everything it needs.
struct one_shard : supervisor_fixture {
  explicit one_shard(const adjustment& adjust = {})
    : supervisor_fixture(1, adjust) {
    auto found = ask<inspectors_ptr>(supervisor, look_atom_v);
    run();
    inspector = found->value.value()->front();
  }

  std::shared_ptr<answer<findings_ptr>> begin(inquiry question) {
    return ask<findings_ptr>(
      inspector, look_atom_v,
      std::make_shared<const inquiry>(std::move(question)));
  }

  template <class Found>
  Found look(inquiry question) {
    auto found = begin(std::move(question));
    run();
    return std::get<Found>(**found->value);
  }

  session_actor join(std::string room, std::string subject = {}) {
    session_start start;
    start.room = std::move(room);
    if (!subject.empty()) {
      start.pass = std::make_unique<session_pass>("");
      start.pass->subject = std::move(subject);
      start.pass->ends_at = at().wall_now() + 1h;
    }
    auto result = spawn<fake_session>(std::move(start));
    run();
    of(result).opened();
    run();
    return result;
  }

  static std::vector<std::uint64_t> ids_in(const sessions_page& page) {
    std::vector<std::uint64_t> result;
    for (const auto& x : page.items)
      result.push_back(x.id.value);
    return result;
  }

  kind_facts kind(actor_kind which) {
    return look<actors_page>(list_actors{})
      .by_kind[static_cast<std::size_t>(which)];
  }

  static std::uint64_t id_of(const session_actor& who) {
    return of(who).id().value;
  }

  inspector_actor inspector;
};

using ids = std::vector<std::uint64_t>;

std::vector<std::string> words_of(const std::vector<recorded_event>& events) {
  std::vector<std::string> result;
  for (const auto& x : events) {
    result.emplace_back(name_of(x.kind));
    if (const auto detail = detail_of(x); !detail.empty())
      result.back() += " " + std::string{detail};
    if (x.bytes > 0)
      result.back() += " " + std::to_string(x.bytes);
  }
  return result;
}

} // namespace

// -- sessions -----------------------------------------------------------------

TEST_CASE_METHOD(one_shard, "inspector: it lists the sessions by id",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto b = join("attic");
  const auto page = look<sessions_page>(list_sessions{});
  CHECK(ids_in(page) == ids{id_of(a), id_of(b)});
  CHECK(page.total == 2);
  CHECK(page.items[0].room == "lobby");
  CHECK(page.items[1].room == "attic");
  CHECK(page.items[0].state == session_state::open);
}

TEST_CASE_METHOD(one_shard,
                 "inspector: sessions are found by what they mention",
                 "[inspector]") {
  const auto a = join("lobby", "alice");
  const auto b = join("attic", "bob");
  const auto with = [&](std::string text) {
    return ids_in(look<sessions_page>(list_sessions{{.filter = std::move(text),
                                                     .order = list_order::id,
                                                     .items_max = 100,
                                                     .after = {}}}));
  };
  CHECK(with("lob") == ids{id_of(a)});
  CHECK(with("bob") == ids{id_of(b)});
  CHECK(with("nobody") == ids{});
}

TEST_CASE_METHOD(one_shard, "inspector: sessions are ordered by what was asked",
                 "[inspector]") {
  const auto quiet = join("lobby");
  const auto loud = join("lobby");
  of(loud).event({saying("one"), saying("two")});
  run();
  const auto by = [&](list_order order) {
    return ids_in(look<sessions_page>(list_sessions{
      {.filter = {}, .order = order, .items_max = 100, .after = {}}}));
  };
  CHECK(by(list_order::id) == ids{id_of(quiet), id_of(loud)});
  CHECK(by(list_order::age) == ids{id_of(quiet), id_of(loud)});
  // Two in there, two out here; more bytes in than out needs no frame heads.
  CHECK(by(list_order::messages) == ids{id_of(quiet), id_of(loud)});
  CHECK(by(list_order::bytes) == ids{id_of(quiet), id_of(loud)});
  of(loud).event({"not json"});
  CHECK(by(list_order::messages) == ids{id_of(loud), id_of(quiet)});
  of(quiet).kernel_refuses = 0;
  of(quiet).end_turn();
  CHECK(by(list_order::unsent) == ids{id_of(loud), id_of(quiet)});
}

TEST_CASE_METHOD(one_shard,
                 "inspector: a session's traffic and events are told",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto b = join("lobby");
  const auto text = saying("hello");
  of(a).event({text, "not json"});
  run();
  of(b).end(ec::slow_consumer);
  run();
  const auto found = look<session_details>(find_session{of(a).id()});
  CHECK(found.facts.messages_in == 2);
  CHECK(found.facts.bytes_in == text.size() + 8);
  // The complaint, and that the other one left.
  CHECK(found.facts.messages_out == 2);
  CHECK(words_of(found.events)
        == std::vector<std::string>{
          "opened", "joined", "in control " + std::to_string(text.size()),
          "refused bad_json 8",
          "out notice " + std::to_string(schema_error_text.size()),
          "out notice " + std::to_string(peer_disconnected_text.size())});
  CHECK_FALSE(found.facts.since_pong);
  const auto other = look<session_details>(find_session{of(b).id()});
  CHECK(words_of(other.events)
        == std::vector<std::string>{
          "opened", "joined", "out control " + std::to_string(text.size()),
          "closed slow_consumer"});
  CHECK(other.facts.state == session_state::closing);
}

TEST_CASE("inspector: what the room's limit drops is told of its sender",
          "[inspector]") {
  one_shard x{[](options& o) { o.rate_limit_room_msgs_per_10s = 2; }};
  const auto a = x.join("lobby");
  x.of(a).event({saying("1"), saying("22"), saying("333"), saying("4444")});
  x.run();
  const auto events =
    x.look<session_details>(find_session{x.of(a).id()}).events;
  CHECK(words_of(events)
        == std::vector<std::string>{
          "opened", "joined",
          "in control " + std::to_string(saying("1").size()),
          "in control " + std::to_string(saying("22").size()),
          "in control " + std::to_string(saying("333").size()),
          "in control " + std::to_string(saying("4444").size()),
          "dropped rate_limited " + std::to_string(saying("333").size()),
          "dropped rate_limited " + std::to_string(saying("4444").size())});
}

TEST_CASE("inspector: of what the room drops the last 32 are told",
          "[inspector]") {
  one_shard x{[](options& o) { o.rate_limit_room_msgs_per_10s = 1; }};
  const auto a = x.join("lobby");
  for (int i = 0; i < 40; ++i)
    x.of(a).receive(saying("again"));
  x.of(a).event_over();
  x.run();
  const auto events =
    x.look<session_details>(find_session{x.of(a).id()}).events;
  CHECK(words_of(events)
        == std::vector<std::string>(
          flight_recorder::events_max,
          "dropped rate_limited " + std::to_string(saying("again").size())));
}

TEST_CASE_METHOD(one_shard, "inspector: pings and pongs are told",
                 "[inspector]") {
  const auto a = join("lobby");
  advance(at().settings.heartbeat_interval + 1s);
  of(a).pong_received();
  advance(3s);
  const auto found = look<session_details>(find_session{of(a).id()});
  CHECK(words_of(found.events)
        == std::vector<std::string>{"opened", "joined", "ping", "pong"});
  REQUIRE(found.facts.since_pong);
  CHECK(*found.facts.since_pong == 3s);
}

TEST_CASE_METHOD(one_shard, "inspector: a session that is gone is not found",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto id = of(a).id();
  of(a).drop();
  run();
  look<not_found>(find_session{id});
  CHECK(look<sessions_page>(list_sessions{}).total == 0);
}

TEST_CASE_METHOD(one_shard, "inspector: a kicked session is closed with 1008",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto found = look<kicked_session>(kick_session{of(a).id()});
  CHECK(found.room == "lobby");
  const auto expected = close_reason_of(ec::kicked, dialect::base);
  CHECK(of(a).closes
        == closed_with(expected.code, std::string{expected.reason}));
  look<not_found>(kick_session{session_id{12345}});
  // It closes already.
  look<not_found>(kick_session{of(a).id()});
}

// -- rooms --------------------------------------------------------------------

TEST_CASE_METHOD(one_shard, "inspector: it lists the rooms by name",
                 "[inspector]") {
  const auto a = join("lobby");
  join("lobby");
  join("attic");
  const auto text = saying("hello");
  of(a).event({text});
  run();
  const auto page = look<rooms_page>(list_rooms{});
  REQUIRE(page.items.size() == 2);
  CHECK(page.items[0].name == "attic");
  CHECK(page.items[0].messages == 0);
  CHECK(page.items[1].name == "lobby");
  CHECK(page.items[1].members == 2);
  CHECK(page.items[1].messages == 1);
  CHECK(page.items[1].bytes == text.size() + 2);
  // What the other member has not yet been sent.
  CHECK(page.items[1].unsent_bytes == text.size() + 2);
}

TEST_CASE_METHOD(one_shard, "inspector: rooms are ordered by what is unsent",
                 "[inspector]") {
  join("attic");
  const auto a = join("lobby");
  const auto b = join("lobby");
  const auto c = join("lobby");
  of(a).event({saying("hello")});
  run();
  const auto page = look<rooms_page>(list_rooms{{.filter = {},
                                                 .order = list_order::unsent,
                                                 .items_max = 100,
                                                 .after = {}}});
  REQUIRE(page.items.size() == 2);
  CHECK(page.items[0].name == "lobby");
  const auto unsent = [&](const session_actor& who) {
    return look<session_details>(find_session{of(who).id()}).facts.unsent_bytes;
  };
  CHECK(unsent(b) > 0);
  CHECK(page.items[0].unsent_bytes == unsent(b) + unsent(c));
  CHECK(page.places[0].rank == page.items[0].unsent_bytes);
  CHECK(page.items[1].unsent_bytes == 0);
}

TEST_CASE_METHOD(one_shard, "inspector: a room's members are told",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto b = join("lobby");
  const auto found = look<room_details>(find_room{"lobby"});
  REQUIRE(found.members.size() == 2);
  CHECK(found.members[0].id == of(a).id());
  CHECK(found.members[1].id == of(b).id());
  CHECK(found.facts.members == 2);
  CHECK(found.facts.unsent_bytes == 0);
  look<not_found>(find_room{"lob"});
}

TEST_CASE("inspector: a room's members are a list only so far", "[inspector]") {
  constexpr auto shown = room_details::members_shown_max;
  one_shard x{[](options& o) { o.room_capacity = shown + 2; }};
  std::vector<session_actor> members;
  for (std::size_t i = 0; i < shown + 2; ++i)
    members.push_back(x.join("lobby"));
  const auto found = x.look<room_details>(find_room{"lobby"});
  CHECK(found.facts.members == shown + 2);
  REQUIRE(found.members.size() == shown);
  CHECK(found.members.back().id == one_shard::of(members[shown - 1]).id());
}

TEST_CASE_METHOD(one_shard, "inspector: a closed room's sessions are told why",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto b = join("lobby");
  const auto c = join("attic");
  const auto found = look<closed_room>(close_room{"lobby"});
  CHECK(found.sessions == 2);
  CHECK_FALSE(found.has_remote);
  const auto expected = close_reason_of(ec::room_closed, dialect::base);
  const auto closed = closed_with(expected.code, std::string{expected.reason});
  CHECK(of(a).closes == closed);
  CHECK(of(b).closes == closed);
  CHECK(of(c).closes.empty());
}

// -- actors -------------------------------------------------------------------

TEST_CASE_METHOD(one_shard, "inspector: actors are counted by kind",
                 "[inspector]") {
  const auto a = join("lobby");
  join("lobby");
  CHECK(kind(actor_kind::session).count == 2);
  CHECK(kind(actor_kind::room).count == 1);
  CHECK(kind(actor_kind::supervisor).count == 1);
  CHECK(kind(actor_kind::inspector).count == 1);
  CHECK(kind(actor_kind::subscriber).count == 0);
  const auto handled = kind(actor_kind::session).handled;
  of(a).drop();
  run();
  CHECK(kind(actor_kind::session).count == 1);
  // What it has handled stays in the sum: a `gone`, and a notice to the other.
  CHECK(kind(actor_kind::session).handled == handled + 2);
}

TEST_CASE_METHOD(one_shard, "inspector: messages are told by type",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto b = join("lobby");
  of(a).event({saying("one")});
  of(a).event({saying("two")});
  run();
  const auto id = look<session_details>(find_session{of(b).id()}).facts.actor;
  const auto found = look<actor_details>(find_actor{id});
  using types = std::vector<std::pair<std::string, std::uint64_t>>;
  CHECK(found.handled_by_type
        == types{{"deliver", 2}, {"opened", 1}, {"reply", 1}});
  CHECK(found.facts.handled == 4);
  CHECK(found.facts.kind == actor_kind::session);
  CHECK(found.facts.session == of(b).id());
  CHECK(found.facts.room == "lobby");
  std::uint64_t timed = 0;
  for (auto x : found.histogram.counts)
    timed += x;
  CHECK(timed == 4);
  look<not_found>(find_actor{123456789});
}

TEST_CASE_METHOD(one_shard, "inspector: waiting messages are told",
                 "[inspector]") {
  const auto a = join("lobby");
  const auto id = look<session_details>(find_session{of(a).id()}).facts.actor;
  auto found = begin(find_actor{id});
  for (int i = 0; i < 3; ++i)
    caf::anon_send(a, deliver_atom_v, batch_of({saying("x")}));
  while (next_in_line(inspector) || !found->is_there())
    if (!step())
      break;
  CHECK(look<actor_details>(find_actor{id}).facts.mailbox_max == 3);
}

TEST_CASE_METHOD(one_shard, "inspector: only actors of the kind are listed",
                 "[inspector]") {
  join("lobby");
  const auto page =
    look<actors_page>(list_actors{{.filter = {},
                                   .order = list_order::handling_time,
                                   .items_max = 100,
                                   .after = {}},
                                  actor_kind::room});
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].room == "lobby");
  CHECK(page.total == 1);
}

TEST_CASE_METHOD(one_shard, "inspector: a restart is told of the successor",
                 "[inspector]") {
  kill(at().directory);
  kill(at().directory);
  CHECK(kind(actor_kind::room_directory).restarts == 2);
  const auto page = look<actors_page>(list_actors{
    {.filter = {}, .order = list_order::restarts, .items_max = 1, .after = {}},
    std::nullopt});
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].kind == actor_kind::room_directory);
  CHECK(page.items[0].restarts == 2);
}

// -- turns --------------------------------------------------------------------

namespace {

/// Turns of the shard that the test takes one by one, each with time for the
/// fewest looks there can be.
struct short_turns : one_shard {
  short_turns() {
    at().looking = turn_share{1ns};
    at().in_next_turn = [this](std::function<void()> f) {
      REQUIRE_FALSE(next);
      next = std::move(f);
    };
  }

  /// They must not find the turns gone.
  ~short_turns() { at().in_next_turn = nullptr; }

  std::vector<session_actor> add(std::size_t sessions) {
    std::vector<session_actor> result;
    while (result.size() < sessions)
      result.push_back(spawn<fake_session>(session_start{}));
    run();
    return result;
  }

  void take_turn() {
    now += 1ms;
    std::exchange(next, nullptr)();
    run();
  }

  /// How many turns it takes until there is no further one.
  int take_all() {
    int result = 0;
    for (; next; ++result)
      take_turn();
    return result;
  }

  std::function<void()> next;
};

constexpr auto few = inspector::looks_at_once;

} // namespace

TEST_CASE_METHOD(short_turns, "inspector: a long list takes several turns",
                 "[inspector]") {
  add(2 * few);
  auto found = begin(list_sessions{});
  run();
  CHECK_FALSE(found->is_there());
  CHECK(take_all() == 2);
  REQUIRE(found->value);
  CHECK(std::get<sessions_page>(**found->value).total == 2 * few);
}

TEST_CASE_METHOD(short_turns,
                 "inspector: as long as a turn has time, it looks on",
                 "[inspector]") {
  add(40 * few);
  at().looking = turn_share{1h};
  auto found = begin(list_sessions{});
  run();
  CHECK_FALSE(next);
  REQUIRE(found->value);
  CHECK(std::get<sessions_page>(**found->value).total == 40 * few);
}

TEST_CASE_METHOD(short_turns,
                 "inspector: all that is asked in a turn shares its time",
                 "[inspector]") {
  add(few - 1);
  // The first one uses it up.
  auto first = begin(list_sessions{});
  auto second = begin(list_sessions{});
  auto third = begin(list_sessions{});
  run();
  CHECK(first->is_there());
  CHECK_FALSE(second->is_there());
  CHECK_FALSE(third->is_there());
  take_turn();
  CHECK(second->is_there());
  CHECK_FALSE(third->is_there());
  CHECK(take_all() == 1);
  CHECK(third->is_there());
}

TEST_CASE_METHOD(short_turns,
                 "inspector: who leaves during a walk does not lead it astray",
                 "[inspector]") {
  const auto sessions = add(few + 3);
  auto found = begin(list_sessions{
    {.filter = {}, .order = list_order::id, .items_max = 1000, .after = {}}});
  run();
  REQUIRE(next);
  // The next one to be looked at, and one that was looked at.
  of(sessions[few]).drop();
  of(sessions[5]).drop();
  run();
  CHECK(take_all() == 1);
  REQUIRE(found->value);
  auto page = std::get<sessions_page>(**found->value);
  std::vector<std::uint64_t> expected;
  for (std::size_t i = 0; i < sessions.size(); ++i)
    if (i != few)
      expected.push_back(std::uint64_t{i + 1});
  CHECK(ids_in(page) == expected);
}
