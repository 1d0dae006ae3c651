#include "net/tokens/key_keeper.hpp"

#include "tests/support/deterministic_system.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// What the keeper did, and how the test lets its fetch end.
struct fake_issuer {
  transcript said;
  key_fetch::callback done;
  std::size_t keys = 2;
  home::clock::time_point fresh_until;
};

class fake_fetch final : public key_fetch {
public:
  explicit fake_fetch(fake_issuer& issuer) : issuer_(issuer) {
    // nop
  }

  ~fake_fetch() override {
    issuer_.said.push_back("gave up");
    issuer_.done = nullptr;
  }

  void start(callback done) override {
    issuer_.said.push_back("fetch");
    issuer_.done = std::move(done);
  }

  const std::string& name() const noexcept override { return name_; }

private:
  fake_issuer& issuer_;
  const std::string name_ = "https://issuer.example/keys";
};

/// Takes any document but "garbage".
class fake_sink final : public key_sink {
public:
  explicit fake_sink(fake_issuer& issuer) : issuer_(issuer) {
    // nop
  }

  key_intake take_up(std::string_view document,
                     time_point fresh_until) override {
    if (document == "garbage")
      return {0, 0, "not JSON"};
    issuer_.said.push_back("took up " + std::string{document});
    issuer_.fresh_until = fresh_until;
    return {issuer_.keys, 0, {}};
  }

  void keep(time_point fresh_until) override {
    issuer_.said.push_back("kept");
    issuer_.fresh_until = fresh_until;
  }

private:
  fake_issuer& issuer_;
};

/// Asks when it is told to.
class fake_client final
  : public pinned<caf::typed_actor<caf::reacts_to<opened_atom>>> {
public:
  fake_client(caf::actor_config& config, home& where, key_keeper_actor keeper)
    : pinned(config, where, actor_kind::session), keeper_(std::move(keeper)) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    return {[this](opened_atom) {
      request(keeper_, caf::infinite, freshen_atom_v)
        .then([](fresh_atom) {}, [](const caf::error&) {});
    }};
  }

private:
  const key_keeper_actor keeper_;
};

/// What the keeper uses, and so outlives it.
struct its_ports {
  fake_issuer issuer;
  fake_sink sink{issuer};
};

/// Keys that are fresh for a minute, asked for at most once a second.
struct one_keeper : its_ports, deterministic_system {
  one_keeper()
    : deterministic_system([](options& o) {
        o.jwks_cache_ttl = 60s;
        o.jwks_min_refetch = 1s;
      }) {
    keeper = spawn<key_keeper>(std::ref<key_sink>(sink),
                               std::make_unique<fake_fetch>(issuer));
    run();
  }

  using reply = std::shared_ptr<answer<fresh_atom>>;

  reply asks() {
    auto result = ask<fresh_atom>(keeper, freshen_atom_v);
    run();
    return result;
  }

  static bool is_well(const reply& x) { return x->value.has_value(); }

  /// As the event loop calls, between two messages.
  void end_fetch(fetch_result result) {
    std::exchange(issuer.done, nullptr)(std::move(result));
    run();
  }

  void fetch_well() { end_fetch({"keys", {}}); }

  void fetch_in_vain() { end_fetch({{}, "answered 503"}); }

  auto left() const { return issuer.fresh_until - now; }

  std::uint64_t fetches() { return at().figures.jwks_fetches.value(); }

  std::uint64_t failures() { return at().figures.jwks_fetch_failures.value(); }

  key_keeper_actor keeper;
};

} // namespace

TEST_CASE_METHOD(one_keeper, "key_keeper: it fetches nothing unasked",
                 "[key_keeper]") {
  advance(1h);
  CHECK(issuer.said == transcript{});
}

TEST_CASE_METHOD(one_keeper, "key_keeper: who asks waits for the fetch",
                 "[key_keeper]") {
  const auto first = asks();
  advance(4s);
  CHECK_FALSE(first->is_there());
  fetch_well();
  CHECK(is_well(first));
  CHECK(issuer.said == transcript{"fetch", "took up keys"});
  CHECK(left() == 60s);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: a thousand share one fetch",
                 "[key_keeper]") {
  std::vector<reply> all;
  for (int i = 0; i < 1000; ++i)
    all.push_back(asks());
  CHECK(std::none_of(all.begin(), all.end(), is_well));
  fetch_well();
  CHECK(std::all_of(all.begin(), all.end(), is_well));
  CHECK(issuer.said == transcript{"fetch", "took up keys"});
  CHECK(fetches() == 1);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: those who wait are answered in order",
                 "[key_keeper]") {
  const std::vector<reply> all{asks(), asks(), asks()};
  std::exchange(issuer.done, nullptr)({"keys", {}});
  for (std::size_t answered = 0; answered <= all.size(); ++answered) {
    for (std::size_t i = 0; i < all.size(); ++i)
      CHECK(is_well(all[i]) == (i < answered));
    step();
  }
}

TEST_CASE_METHOD(one_keeper, "key_keeper: in the cool-down nobody waits",
                 "[key_keeper]") {
  asks();
  SECTION("after a good fetch") {
    fetch_well();
  }
  SECTION("after a failed one") {
    fetch_in_vain();
  }
  CHECK(is_well(asks()));
  advance(1s);
  const auto later = asks();
  CHECK_FALSE(later->is_there());
  CHECK(fetches() == 2);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: after a failed fetch old keys go on",
                 "[key_keeper]") {
  asks();
  fetch_well();
  advance(60s);
  const auto late = asks();
  fetch_in_vain();
  CHECK(is_well(late));
  CHECK(issuer.said == transcript{"fetch", "took up keys", "fetch", "kept"});
  CHECK(left() == 1s);
}

TEST_CASE_METHOD(one_keeper,
                 "key_keeper: old keys go on while a failed fetch is repeated",
                 "[key_keeper]") {
  asks();
  fetch_in_vain();
  advance(1s);
  issuer.said.clear();
  asks();
  CHECK(issuer.said == transcript{"kept", "fetch"});
  CHECK(left() == 10s);
  fetch_well();
  CHECK(left() == 60s);
}

TEST_CASE_METHOD(one_keeper,
                 "key_keeper: a document that is no key set is a failure",
                 "[key_keeper]") {
  const auto first = asks();
  end_fetch({"garbage", {}});
  CHECK(is_well(first));
  CHECK(issuer.said == transcript{"fetch", "kept"});
  CHECK(fetches() == 1);
  CHECK(failures() == 1);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: it counts fetches and failures",
                 "[key_keeper]") {
  for (int i = 0; i < 3; ++i) {
    asks();
    fetch_in_vain();
    advance(1s);
  }
  asks();
  CHECK(fetches() == 4);
  CHECK(failures() == 3);
  fetch_well();
  CHECK(failures() == 3);
}

TEST_CASE_METHOD(one_keeper,
                 "key_keeper: when it ends who waits hears that there are "
                 "no keys",
                 "[key_keeper]") {
  const auto first = asks();
  const auto second = asks();
  kill(keeper);
  CHECK(first->reason() == ec::keys_unavailable);
  CHECK(second->reason() == ec::keys_unavailable);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: when it ends the fetch is given up",
                 "[key_keeper]") {
  asks();
  kill(keeper);
  CHECK(issuer.said == transcript{"fetch", "gave up"});
  CHECK_FALSE(issuer.done);
}

TEST_CASE_METHOD(one_keeper, "key_keeper: it outlives those who asked",
                 "[key_keeper]") {
  const auto client = spawn<fake_client>(keeper);
  tell(client, opened_atom_v);
  const auto other = asks();
  kill(client);
  fetch_well();
  CHECK(is_well(other));
}
