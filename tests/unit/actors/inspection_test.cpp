#include "actors/inspection.hpp"

#include "actors/selection.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

/// Sessions of these ids, ranked by their messages.
struct ranked {
  std::uint64_t id;
  std::uint64_t rank;
};

sessions_page select(const list_request& wanted, std::vector<ranked> offered) {
  selection<sessions_page> chosen{wanted};
  for (const auto& x : offered)
    chosen.offer({x.rank, {}, x.id}, [&] {
      session_facts facts;
      facts.id = session_id{x.id};
      return facts;
    });
  return chosen.page();
}

std::vector<std::uint64_t> ids_in(const sessions_page& page) {
  std::vector<std::uint64_t> result;
  for (const auto& x : page.items)
    result.push_back(x.id.value);
  return result;
}

using ids = std::vector<std::uint64_t>;

template <class Findings>
findings_ptr shared(Findings x) {
  return std::make_shared<findings>(std::move(x));
}

} // namespace

TEST_CASE("inspection: a larger rank comes first, then name, then id",
          "[inspection]") {
  CHECK(is_before({2, "", 9}, {1, "", 1}));
  CHECK(is_before({1, "", 1}, {1, "", 2}));
  CHECK(is_before({0, "a", 0}, {0, "b", 0}));
  CHECK_FALSE(is_before({1, "", 1}, {1, "", 1}));
}

TEST_CASE("selection: it keeps the first of the order, whatever comes first",
          "[inspection]") {
  const list_request wanted{
    .filter = {}, .order = list_order::messages, .items_max = 2, .after = {}};
  const auto page = select(wanted, {{1, 5}, {2, 9}, {3, 7}, {4, 1}});
  CHECK(ids_in(page) == ids{2, 3});
  CHECK(page.total == 4);
  REQUIRE(page.next);
  CHECK(page.next->id == 3);
  CHECK(page.next->rank == 7);
}

TEST_CASE("selection: the next page begins behind the one before",
          "[inspection]") {
  list_request wanted{.filter = {},
                      .order = list_order::messages,
                      .items_max = 2,
                      .after = list_position{7, {}, 3}};
  const auto page = select(wanted, {{1, 5}, {2, 9}, {3, 7}, {4, 1}, {5, 7}});
  CHECK(ids_in(page) == ids{5, 1});
  CHECK(page.total == 5);
  REQUIRE(page.next);
  wanted.after = page.next;
  const auto last = select(wanted, {{1, 5}, {2, 9}, {3, 7}, {4, 1}, {5, 7}});
  CHECK(ids_in(last) == ids{4});
  CHECK_FALSE(last.next);
}

TEST_CASE("selection: a page that is just full is the last one",
          "[inspection]") {
  const list_request wanted{
    .filter = {}, .order = list_order::id, .items_max = 2, .after = {}};
  const auto page = select(wanted, {{1, 0}, {2, 0}});
  CHECK(ids_in(page) == ids{1, 2});
  CHECK_FALSE(page.next);
}

TEST_CASE("selection: no items are wanted, and all are counted",
          "[inspection]") {
  const list_request wanted{
    .filter = {}, .order = list_order::id, .items_max = 0, .after = {}};
  const auto page = select(wanted, {{1, 0}, {2, 0}});
  CHECK(page.items.empty());
  CHECK(page.total == 2);
  CHECK_FALSE(page.next);
}

TEST_CASE("inspection: pages of shards are merged in order and cut",
          "[inspection]") {
  const list_request wanted{
    .filter = {}, .order = list_order::messages, .items_max = 3, .after = {}};
  const auto merged =
    merge(inquiry{list_sessions{wanted}},
          {shared(select(wanted, {{1, 5}, {2, 9}})),
           shared(select(wanted, {{10, 7}, {11, 6}, {12, 1}}))});
  const auto& page = std::get<sessions_page>(merged);
  CHECK(ids_in(page) == ids{2, 10, 11});
  CHECK(page.total == 5);
  REQUIRE(page.next);
  CHECK(page.next->id == 11);
}

TEST_CASE("inspection: a shard that did not answer has no items",
          "[inspection]") {
  const list_request wanted{};
  const auto merged = merge(inquiry{list_sessions{wanted}},
                            {nullptr, shared(select(wanted, {{1, 0}}))});
  CHECK(ids_in(std::get<sessions_page>(merged)) == ids{1});
}

TEST_CASE("inspection: a shard's further items make a further page",
          "[inspection]") {
  const list_request wanted{
    .filter = {}, .order = list_order::id, .items_max = 2, .after = {}};
  const auto merged = merge(inquiry{list_sessions{wanted}},
                            {shared(select(wanted, {{1, 0}, {2, 0}, {3, 0}})),
                             shared(sessions_page{})});
  const auto& page = std::get<sessions_page>(merged);
  CHECK(ids_in(page) == ids{1, 2});
  REQUIRE(page.next);
  CHECK(page.next->id == 2);
}

TEST_CASE("inspection: the kinds of all shards are added up", "[inspection]") {
  actors_page one;
  one.by_kind[0] = {.count = 1,
                    .mailbox_now = 2,
                    .mailbox_max = 3,
                    .handled = 4,
                    .handling_time = std::chrono::nanoseconds{5},
                    .restarts = 6};
  auto two = one;
  two.by_kind[0].mailbox_max = 30;
  const auto merged = merge(inquiry{list_actors{}}, {shared(one), shared(two)});
  const auto& sum = std::get<actors_page>(merged).by_kind[0];
  CHECK(sum.count == 2);
  CHECK(sum.mailbox_now == 4);
  CHECK(sum.mailbox_max == 30);
  CHECK(sum.handled == 8);
  CHECK(sum.handling_time.count() == 10);
  CHECK(sum.restarts == 12);
}

TEST_CASE("inspection: of one there is, the shard that has it answers",
          "[inspection]") {
  const inquiry question{kick_session{session_id{7}}};
  const auto merged = merge(question,
                            {shared(not_found{}), nullptr,
                             shared(kicked_session{session_id{7}, "lobby"})});
  REQUIRE(std::holds_alternative<kicked_session>(merged));
  CHECK(std::get<kicked_session>(merged).room == "lobby");
  CHECK(std::holds_alternative<not_found>(
    merge(question, {shared(not_found{}), shared(not_found{})})));
}
