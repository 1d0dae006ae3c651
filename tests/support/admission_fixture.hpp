// A session whose token is judged as the test says, with a key keeper that
// answers when the test says so. Tokens last for a time of the test's own wall
// clock, which goes along with its steady one unless it is set.

#pragma once

#include "tests/support/session_fixture.hpp"

#include <map>
#include <set>

namespace signalbox::test {

/// Knows some tokens by heart.
class fake_judge final : public token_judge {
public:
  /// What is thought of a token; others are refused.
  std::map<std::string, token_verdict, std::less<>> verdicts;
  /// Tokens about which the keys at hand say nothing.
  std::set<std::string, std::less<>> unknown_keys;
  /// The same, even when no other keys can be had.
  std::set<std::string, std::less<>> always_wishing;
  /// All that was judged: token, room, and whether keys could be wished for.
  mutable transcript judged;

  token_verdict judge(std::string_view token, std::string_view room,
                      std::chrono::system_clock::time_point,
                      key_wish wish) const override {
    const auto is_first = wish == key_wish::allowed;
    judged.push_back(std::string{token} + " " + std::string{room}
                     + (is_first ? "" : " again"));
    if (always_wishing.contains(token)
        || (is_first && unknown_keys.contains(token)))
      return {.error = ec::unauthorized,
              .wants_keys = true,
              .reason = "unknown key",
              .subject = {},
              .ends_at = {}};
    const auto found = verdicts.find(token);
    if (found != verdicts.end())
      return found->second;
    return {.error = ec::unauthorized,
            .wants_keys = false,
            .reason = "signature",
            .subject = {},
            .ends_at = {}};
  }
};

class admission_fixture : public session_fixture {
public:
  using wall_clock = std::chrono::system_clock;

  explicit admission_fixture(const adjustment& adjust = {})
    : session_fixture([&](options& o) {
        o.heartbeat_interval = 1h;
        if (adjust)
          adjust(o);
      }) {
    judge = std::make_unique<fake_judge>();
    at().tokens = judge.get();
    at().key_keeper = spawn<fake_key_keeper>();
    at().wall_now = [this] { return wall(); };
    keeper = &object_of<fake_key_keeper>(at().key_keeper);
    run();
  }

  wall_clock::time_point wall() const {
    return wall_clock::time_point{}
           + std::chrono::duration_cast<wall_clock::duration>(
             now.time_since_epoch())
           + wall_ahead;
  }

  /// From now on the token is good for so long.
  void grant(const std::string& token, clock::duration span,
             std::string subject = {}) {
    judge->verdicts[token] = {
      .error = ec::none,
      .wants_keys = false,
      .reason = {},
      .subject = std::move(subject),
      .ends_at = wall()
                 + std::chrono::duration_cast<wall_clock::duration>(span)};
  }

  void deny(const std::string& token, ec error) {
    judge->verdicts[token] = {.error = error,
                              .wants_keys = false,
                              .reason = "room",
                              .subject = {},
                              .ends_at = {}};
  }

  static session_start showing(std::string token) {
    session_start result;
    result.pass = std::make_unique<session_pass>(std::move(token));
    return result;
  }

  session_actor open(session_start start) {
    auto result = add(std::move(start));
    of(result).opened();
    run();
    return result;
  }

  std::unique_ptr<fake_judge> judge;
  fake_key_keeper* keeper = nullptr;
  /// How far the wall clock was set forward.
  wall_clock::duration wall_ahead{0};
};

} // namespace signalbox::test
