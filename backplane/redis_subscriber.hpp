// The subscriber connection to one Redis server as an actor: keeps the
// subscriptions it was asked for across reconnects, and hands over what it
// hears, an event's worth at a time and in order. Also hears which keys others
// have changed (CLIENT TRACKING of the command connection redirects here).

#pragma once

#include "actors/pinned.hpp"
#include "backplane/messages.hpp"
#include "backplane/redis_link.hpp"

#include <unordered_set>

namespace signalbox {

class redis_subscriber : public pinned<redis_subscriber_actor>,
                         private link_owner {
public:
  /// With `is_sharded` channels belong to slots (SSUBSCRIBE, Redis 7).
  redis_subscriber(caf::actor_config& config, home& where, server_id server,
                   const redis_login& login, bool is_sharded,
                   redis_backplane_actor backplane);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  void subscribe(const std::string& channel);
  void unsubscribe(const std::string& channel);

  std::vector<redis_greeting> greeting() override;
  void link_up(std::vector<resp_value> replies) override;
  void link_down() override;
  void link_received(resp_value&& value) override;
  void link_event_over() override;

  const server_id server_;
  const redis_login login_;
  const bool is_sharded_;
  const redis_backplane_actor backplane_;
  redis_link link_;
  std::unordered_set<std::string> channels_;
  std::vector<heard_event> heard_;
};

} // namespace signalbox
