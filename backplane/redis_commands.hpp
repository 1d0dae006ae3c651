// The command connection to one Redis server as an actor. Commands go out in
// the order they came, those of a turn in one write, and their replies are
// matched by that order. What keeps a slow or frozen Redis from being flooded
// when it thaws: every command has a deadline of 1 s, nothing is written while
// the oldest reply is past it, and at most 256 KiB (or one command) are ever
// unanswered.
// Source: the circuit's other half is actors/circuit_breaker; RESP pipelining,
// https://redis.io/docs/reference/protocol-spec.

#pragma once

#include "actors/pinned.hpp"
#include "backplane/messages.hpp"
#include "backplane/redis_link.hpp"

#include <array>
#include <deque>

namespace signalbox {

class redis_commands : public pinned<redis_commands_actor>, private link_owner {
public:
  /// From being asked for to the reply.
  static constexpr std::chrono::milliseconds command_deadline{1000};

  /// After so long without the oldest reply another connection is opened.
  static constexpr std::chrono::milliseconds silence_max{3000};

  /// Commands written and not answered, in bytes.
  static constexpr std::size_t unanswered_bytes_max = 256 * 1024;

  /// Commands not written yet, in bytes; beyond it they fail at once.
  static constexpr std::size_t queue_bytes_max = 4 * 1024 * 1024;

  redis_commands(caf::actor_config& config, home& where, server_id server,
                 const redis_login& login, redis_backplane_actor backplane);

protected:
  behavior_type make_behavior() override;

  void on_exit() override;

private:
  using outcome_promise = caf::typed_response_promise<outcome_ptr>;

  /// A command, or a row of ready-made ones, on its way.
  struct errand {
    home::clock::time_point deadline;
    home::clock::time_point written;
    /// What is written; a command's own is made when it is.
    std::string bytes;
    std::size_t size = 0;
    std::uint32_t replies = 1;
    /// Null for publishes.
    command_ptr command;
    outcome_promise promise;
    /// Publishes that somebody may miss.
    bool is_missed = false;
    /// The asker was told that it is lost; the reply may come yet.
    bool is_given_up = false;
  };

  caf::result<outcome_ptr> run(const command_ptr& command);
  void publish(std::string commands, std::uint32_t count, bool is_missed);
  bool put_in_line(errand x);
  void pump();
  void write(errand x);
  std::string encoded(const redis_command& command, bool with_text) const;
  void answer(errand& x, redis_outcome::kind type, resp_value reply = {});
  void publish_refused(const errand& x, const std::string& error);
  bool is_overdue() const noexcept;
  void beat();
  void give_up_late();
  void settle_drain();

  std::vector<redis_greeting> greeting() override;
  void link_up(std::vector<resp_value> replies) override;
  void link_down() override;
  void link_received(resp_value&& value) override;
  void link_event_over() override;

  const server_id server_;
  const redis_login login_;
  const redis_backplane_actor backplane_;
  redis_link link_;
  std::deque<errand> queue_;
  std::size_t queue_bytes_ = 0;
  std::deque<errand> unanswered_;
  std::size_t unanswered_bytes_ = 0;
  std::array<std::string, script_ids> digests_;
  /// The redirection told last in this event.
  std::string moved_;
  std::vector<caf::typed_response_promise<drained_atom>> drains_;
};

} // namespace signalbox
