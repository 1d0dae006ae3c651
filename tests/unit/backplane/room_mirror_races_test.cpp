// Every order in which a room's set can change, be read, be answered and be
// told about: a model of Redis with two connections, gone through to a depth.

#include "backplane/room_mirror.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <set>

using namespace signalbox;

namespace {

const std::string own = "sb:aaaaaaaaaaaa:0";
const std::string mine = own + ":1";
const std::string theirs = "sb:bbbbbbbbbbbb:1:1";

/// What comes on the subscriber's connection.
enum class notice { invalidation, leave };

struct world {
  // Redis: its set, whether it tracks our reads, and what is in the wires.
  std::set<std::string> members{mine};
  bool is_tracking = false;
  /// Whether a leave is heard of before the change that it is.
  bool is_leave_first = false;
  int commands = 0;
  std::deque<std::vector<std::string>> answers;
  std::deque<notice> notices;
  // The other node's member comes and goes once.
  bool has_come = false;
  bool has_left = false;
  // This node.
  room_mirror mirror;
  int told = 0;

  void changed() {
    if (is_tracking)
      notices.push_back(notice::invalidation);
    is_tracking = false;
  }
};

struct step {
  bool (*is_possible)(const world&);
  void (*take)(world&);
};

void take_notice(world& w) {
  const auto what = w.notices.front();
  w.notices.pop_front();
  if (what == notice::invalidation)
    w.mirror.invalidated();
  else if (w.mirror.leave_announced(theirs))
    ++w.told;
}

void take_answer(world& w) {
  const auto members = w.answers.front();
  w.answers.pop_front();
  w.mirror.read_answered({members.begin(), members.end()}, own, {});
}

void run_command(world& w) {
  --w.commands;
  w.is_tracking = true;
  w.answers.emplace_back(w.members.begin(), w.members.end());
}

void send_read(world& w) {
  ++w.commands;
  w.mirror.read_sent();
}

const step steps[]{
  // The other node's join, then its leave.
  {[](const world& w) { return !w.has_come; },
   [](world& w) {
     w.has_come = true;
     w.members.insert(theirs);
     w.changed();
   }},
  {[](const world& w) { return w.has_come && !w.has_left; },
   [](world& w) {
     w.has_left = true;
     w.members.erase(theirs);
     if (w.is_leave_first)
       w.notices.push_back(notice::leave);
     w.changed();
     if (!w.is_leave_first)
       w.notices.push_back(notice::leave);
   }},
  // This node reads as it has to, or once more with a join.
  {[](const world& w) { return w.mirror.needs_read(); }, send_read},
  {[](const world& w) { return !w.mirror.needs_read() && w.commands == 0; },
   send_read},
  {[](const world& w) { return w.commands > 0; }, run_command},
  {[](const world& w) { return !w.answers.empty(); }, take_answer},
  {[](const world& w) { return !w.notices.empty(); }, take_notice},
};

/// Nothing said in the room may fail to reach the other node's member, unless
/// it came so lately that its coming is still in the wires.
bool is_safe(const world& w) {
  return w.mirror.may_others_exist() || w.members.count(theirs) == 0
         || std::count(w.notices.begin(), w.notices.end(), notice::invalidation)
              > 0;
}

/// Lets everything arrive, and the node read what it has to.
void settle(world& w) {
  for (;;) {
    if (!w.notices.empty())
      take_notice(w);
    else if (!w.answers.empty())
      take_answer(w);
    else if (w.commands > 0)
      run_command(w);
    else if (w.mirror.needs_read())
      send_read(w);
    else
      return;
  }
}

bool is_settled_well(world w) {
  settle(w);
  const auto is_there = w.members.count(theirs) > 0;
  return w.mirror.state() == room_mirror::knowledge::known
         && w.mirror.may_others_exist() == is_there
         && w.told == (w.has_left ? 1 : 0)
         && w.mirror.missing_for(room_mirror::time_point::max(), {}).empty();
}

struct tally {
  std::size_t worlds = 0;
  std::size_t unsafe = 0;
  std::size_t unsettled = 0;
};

void explore(const world& w, int depth, tally& result) {
  ++result.worlds;
  result.unsafe += is_safe(w) ? 0 : 1;
  result.unsettled += is_settled_well(w) ? 0 : 1;
  if (depth == 0)
    return;
  for (const auto& x : steps) {
    if (!x.is_possible(w))
      continue;
    auto next = w;
    x.take(next);
    explore(next, depth - 1, result);
  }
}

} // namespace

TEST_CASE(
  "room_mirror: in whatever order things arrive, nobody is missed and "
  "a leave is told once",
  "[room_mirror]") {
  tally result;
  for (const auto is_leave_first : {false, true}) {
    world w;
    w.is_leave_first = is_leave_first;
    explore(w, 10, result);
  }
  CHECK(result.worlds > 10'000);
  CHECK(result.unsafe == 0);
  CHECK(result.unsettled == 0);
}
