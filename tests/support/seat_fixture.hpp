// The backplane over Redis, connected, without and with a member in a room.

#pragma once

#include "tests/support/redis_fixture.hpp"

namespace signalbox::test {

inline const std::string stranger = "sb:abcdefghijkl:0:5";
inline const std::string leave_of_stranger =
  R"({"senderId":")" + stranger
  + R"(","data":{"type":"peer-disconnected"},"originServerId":"abcdefghijkl"})";

inline std::string joined(const std::vector<std::string>& members) {
  std::vector<std::string> items{integer(1),
                                 integer(static_cast<int>(members.size()))};
  for (const auto& x : members)
    items.push_back(bulk(x));
  return array(items);
}

inline std::string members(const std::vector<std::string>& ids) {
  std::vector<std::string> items;
  for (const auto& x : ids)
    items.push_back(bulk(x));
  return array(items);
}

/// Connected.
struct connected : redis_fixture {
  explicit connected(const adjustment& adjust = {}) : redis_fixture(adjust) {
    connect();
  }

  /// Answers what is asked until nothing is, or for so many `rounds`;
  /// compensations with `answer`, and notes them.
  void serve(transcript& compensations, const std::string& answer,
             int rounds = 100) {
    for (; rounds > 0; --rounds) {
      const auto asked = commands().commands();
      if (asked.empty())
        return;
      for (const auto& x : asked)
        if (x.starts_with("EVALSHA compensate")) {
          compensations.push_back(x);
          reply(answer);
        } else {
          answer_housekeeping(x);
        }
    }
  }

  /// That of the members from `first` to `last`.
  static std::string compensation_of(std::uint64_t first, std::uint64_t last) {
    std::string result = "EVALSHA compensate 1 room:lobby 60";
    for (; first <= last; ++first)
      result += " " + member(first);
    return result;
  }
};

/// With one member in the room "lobby", or with others there.
struct seated : connected {
  explicit seated(const std::vector<std::string>& others = {}) {
    auto all = others;
    all.push_back(member(1));
    first = seat(1);
    confirm("room:lobby");
    commands().commands();
    reply(joined(all));
    subscriber().commands();
  }

  std::shared_ptr<answer<bool>> first;
};

} // namespace signalbox::test
