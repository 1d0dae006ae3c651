// Asks Redis' sentinels where the master is, once a second, and tells the
// backplane. One sentinel at a time; the next one if it cannot say, or if what
// it names is no master. Asks without a login, and where that is not let in
// with the URL's.
// Source: https://redis.io/docs/reference/sentinel-clients.

#pragma once

#include "actors/pinned.hpp"
#include "backplane/messages.hpp"
#include "backplane/redis_link.hpp"
#include "conf/redis_url.hpp"

namespace signalbox {

/// The SENTINELS interface.
using redis_sentinels_actor = caf::typed_actor<
  // What was named last cannot be used: asks the next sentinel.
  caf::reacts_to<renew_atom>,
  // To itself: time passes.
  caf::reacts_to<beat_atom>>;

class redis_sentinels : public pinned<redis_sentinels_actor>,
                        private link_owner {
public:
  /// From one question to the next; one sentinel has so long to answer.
  static constexpr std::chrono::milliseconds question_period{1000};

  /// `url` outlives the actor.
  redis_sentinels(caf::actor_config& config, home& where, const redis_url& url,
                  redis_backplane_actor backplane);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  void beat();
  void ask();
  void log_in();
  void logged_in(const resp_value& reply);
  void answered(const resp_value& reply);
  void unknown(const resp_value& reply);
  void try_next();

  std::vector<redis_greeting> greeting() override;
  void link_up(std::vector<resp_value> replies) override;
  void link_down() override;
  void link_received(resp_value&& value) override;
  void link_event_over() override;

  const redis_url& url_;
  // Sentinels have users of their own, and mostly none, who would refuse a
  // password: one is shown when it is asked for.
  const redis_login login_;
  const redis_backplane_actor backplane_;
  redis_link link_;
  std::size_t current_ = 0;
  home::clock::time_point asked_;
  bool is_answer_due_ = false;
  /// The URL's login was shown on this connection; its reply is due.
  bool was_login_shown_ = false;
  bool is_login_due_ = false;
  wire_target master_;
};

} // namespace signalbox
