// A session between a socket in memory and neighbours that only write down what
// it tells them.

#pragma once

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_neighbours.hpp"
#include "tests/support/fake_session.hpp"

namespace signalbox::test {

class session_fixture : public deterministic_system {
public:
  explicit session_fixture(const adjustment& adjust = {})
    : deterministic_system(adjust) {
    spawn<fake_supervisor>(failures);
    auto directory_handle = spawn<fake_directory>(told);
    directory = &object_of<fake_directory>(directory_handle);
    directory->room = spawn<fake_room>(told);
    run();
  }

  /// In a room called "lobby", not yet opened.
  session_actor add(session_start start = {}) {
    if (start.room.empty())
      start.room = "lobby";
    auto result = spawn<fake_session>(std::move(start));
    run();
    return result;
  }

  session_actor add_open(session_start start = {}) {
    auto result = add(std::move(start));
    of(result).opened();
    run();
    told.clear();
    return result;
  }

  static fake_session& of(const session_actor& who) {
    return object_of<fake_session>(who);
  }

  /// Time passes in beats, as the caretaker gives them.
  void beat_for(clock::duration span) {
    const auto end = now + span;
    while (now < end) {
      advance(std::min<clock::duration>(250ms, end - now));
      at().wheel.advance(now);
      run();
    }
  }

  std::uint64_t ended(ec reason) {
    return at()
      .figures.sessions_ended[static_cast<std::size_t>(reason)]
      .value();
  }

  bool is_listed(const session_actor& who) {
    for (auto* x = session::first_of(at()); x; x = x->next_sibling())
      if (x == &of(who))
        return true;
    return false;
  }

  /// What the room and the directory were told, in order.
  transcript& told = new_transcript();
  transcript& failures = new_transcript();
  fake_directory* directory = nullptr;
};

/// For CHECK(x.closes == closed_with(...)).
inline std::vector<fake_session::close_frame> closed_with(unsigned code,
                                                          std::string reason) {
  return {{code, std::move(reason)}};
}

} // namespace signalbox::test
