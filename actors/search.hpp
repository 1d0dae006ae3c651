// One inquiry being answered on one shard: which actors it looks at, and what
// it has found so far. Pure: the inspector leads it from actor to actor. Of
// kind session are only `session`s, of kind room only `room`s.

#pragma once

#include "actors/home.hpp"

#include <memory>

namespace signalbox {

class search {
public:
  virtual ~search() = default;

  /// The kinds of actors it wants to see.
  virtual std::vector<actor_kind> kinds() const = 0;

  /// Looks at one. False: it needs to see no more.
  virtual bool visit(actor_record& x) = 0;

  /// What came of it; once.
  virtual findings result() = 0;
};

/// `where` and `question` outlive it.
std::unique_ptr<search> make_search(home& where, const inquiry& question);

} // namespace signalbox
