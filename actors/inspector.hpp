// Answers what is asked about the actors of one shard. Looks at them for a
// short time in each turn of the shard, so that a list of all sessions holds
// nobody up; inquiries that are under way at once take turns.

#pragma once

#include "actors/pinned.hpp"
#include "actors/search.hpp"

#include <deque>

namespace signalbox {

class inspector : public pinned<inspector_actor> {
public:
  /// How many actors it looks at between two readings of the clock.
  static constexpr std::size_t looks_at_once = 8;

  inspector(caf::actor_config& config, home& where);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  struct look {
    look(home& where, inquiry_ptr what,
         caf::typed_response_promise<findings_ptr> promise);

    const inquiry_ptr question;
    const std::unique_ptr<search> searched;
    actor_registry::walk walk;
    caf::typed_response_promise<findings_ptr> answer;
  };

  caf::result<findings_ptr> begin(const inquiry_ptr& question);
  void go_on();
  void look_around();
  bool advance(look& x, const turn_share::use& time);
  bool is_over(const turn_share::use& time) const;

  std::deque<std::unique_ptr<look>> looks_;
  bool is_turn_asked_for_ = false;
};

} // namespace signalbox
