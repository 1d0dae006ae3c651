// A room, or a real directory with its rooms, of a node in a cluster, between a
// backplane that does what the test says and members that only listen.

#pragma once

#include "actors/room.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_neighbours.hpp"

#include <map>

namespace signalbox::test {

class room_fixture : public deterministic_system {
public:
  using seat = std::shared_ptr<answer<caf::strong_actor_ptr>>;

  explicit room_fixture(const adjustment& adjust = {})
    : deterministic_system([&adjust](options& x) {
        x.redis_url.emplace();
        if (adjust)
          adjust(x);
      }) {
    spawn<fake_supervisor>(failures);
    backplane = &object_of<fake_backplane>(spawn<fake_backplane>(asked));
    run();
  }

  /// The member with this id, made when first asked for.
  session_actor member(std::uint64_t id) {
    auto& result = members_[id];
    if (!result) {
      result = spawn<fake_member>();
      run();
    }
    return result;
  }

  transcript& heard_by(std::uint64_t id) {
    return object_of<fake_member>(member(id)).heard;
  }

  void relay(const room_actor& room, std::uint64_t from,
             std::initializer_list<std::string> texts) {
    auto batch = std::make_shared<relay_batch>(*batch_of(texts));
    batch->taken_up = clock::now();
    tell(room, relay_atom_v, session_id{from}, batch_ptr{std::move(batch)});
  }

  fake_backplane* backplane = nullptr;
  /// What the backplane was asked, in order.
  transcript& asked = new_transcript();
  transcript& failures = new_transcript();

private:
  std::map<std::uint64_t, session_actor> members_;
};

} // namespace signalbox::test
