// Keeps an issuer's keys as fresh as sessions need them: the actor around
// key_schedule, which has them fetched and hands them to whoever judges tokens.
// Requests are answered in the order they came. When it ends, the fetch under
// way is given up and who waits gets ec::keys_unavailable; keys that were
// handed over stay in use.

#pragma once

#include "actors/pinned.hpp"
#include "conf/log.hpp"
#include "net/tokens/key_fetch.hpp"
#include "net/tokens/key_schedule.hpp"

#include <memory>
#include <string>
#include <vector>

namespace signalbox {

class shard;

class key_keeper : public pinned<key_keeper_actor> {
public:
  /// Takes the times from the settings at `where`. `sink` outlives it.
  key_keeper(caf::actor_config& config, home& where, key_sink& sink,
             std::unique_ptr<key_fetch> fetch);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  using promise = caf::typed_response_promise<fresh_atom>;

  caf::result<fresh_atom> freshen();
  void start_fetch();
  void fetch_ended(const fetch_result& result);
  void note_success(const key_intake& intake);
  void note_failure(const std::string& reason);
  void answer_all();

  key_sink& sink_;
  std::unique_ptr<key_fetch> fetch_;
  key_schedule schedule_;
  std::vector<promise> waiting_;

  // -- what the log was told --------------------------------------------------

  log::limiter failure_lines_;
  /// The last reason told, if fetches have failed since.
  std::string failure_;
  /// Of the last good fetch, if it has been told and none has failed since.
  std::optional<std::size_t> keys_told_;
};

/// Starts the keeper of JWT_JWKS_URL at `where`, the home of `at`. `sink`
/// outlives it. Any thread.
key_keeper_actor start_key_keeper(caf::actor_system& system, home& where,
                                  shard& at, key_sink& sink);

} // namespace signalbox
