// A question of an admin under way: asks who knows, makes one answer of theirs,
// hands it over and ends. Lives on the shard of the connection that asked, so
// that nothing of the connection's is touched by another thread.

#pragma once

#include "actors/pinned.hpp"
#include "net/admin/findings_text.hpp"
#include "net/admin/overview.hpp"
#include "net/http_answer.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace signalbox {

/// The INQUIRY interface: nobody asks it anything.
using inquiry_actor = caf::typed_actor<
  // To itself: the next turn has begun.
  caf::reacts_to<go_on_atom>>;

/// What has to be asked: the shards' inspectors; the supervisor to drain or
/// not to; or the supervisor for the cluster, for this overview.
using admin_question = std::variant<inquiry_ptr, drain_action, const overview*>;

class admin_inquiry : public pinned<inquiry_actor> {
public:
  /// Gives up on actors that do not answer for so long, with a 503; an overview
  /// does without the others then.
  static constexpr std::chrono::seconds patience{4};
  static constexpr std::chrono::seconds cluster_patience{1};

  using sink = std::function<void(http_answer)>;

  /// `from`: who asks, for the log of a drain.
  /// `answer` is called once, on the home's thread.
  admin_inquiry(caf::actor_config& config, home& where, admin_question what,
                std::string from, sink answer);

protected:
  behavior_type make_behavior() override;

private:
  void begin(const inquiry_ptr& question);
  void begin(drain_action action);
  void begin(const overview* about);

  void ask(const inspectors_ptr& inspectors);
  void take(findings_ptr part);
  void go_on();
  bool work();
  bool advance();
  bool conclude();
  void finish(http_answer answer);
  void give_up();

  const admin_question what_;
  const std::string from_;
  const sink answer_;
  std::vector<findings_ptr> parts_;
  std::size_t awaited_ = 0;
  bool is_incomplete_ = false;
  bool is_finished_ = false;
  std::optional<findings_text> text_;
};

} // namespace signalbox
