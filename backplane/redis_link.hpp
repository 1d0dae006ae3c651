// One connection to one Redis server, opened again whenever it is lost. Speaks
// RESP over a wire, shakes hands (AUTH, SELECT, and what its owner wants), and
// from then on hands over what comes. Knows nothing of commands and replies
// belonging together.
//
//   idle --aim_at--> connecting --opened--> greeting --answered--> up
//     ^                  |                     |                    |
//     |                  +------ lost, late or refused -------------+
//     |                                        v
//     +---------- aim_at(nothing) ----------- waiting --backoff--> connecting
//
// For the home's thread. Its owner calls `beat` often: time passes only there.

#pragma once

#include "actors/home.hpp"
#include "backplane/backoff.hpp"
#include "backplane/redis_login.hpp"
#include "backplane/resp.hpp"

#include <optional>
#include <string>
#include <vector>

namespace signalbox {

/// A command of a handshake.
struct redis_greeting {
  std::string command;
  /// Refused, the connection is of use all the same.
  bool is_optional = false;
};

/// Who uses a link.
class link_owner {
public:
  virtual ~link_owner() = default;

  /// Commands to send as the last part of the handshake, without their replies
  /// being waited for one by one.
  virtual std::vector<redis_greeting> greeting() = 0;

  /// The handshake is done; the replies to `greeting`, an error only to what is
  /// optional.
  virtual void link_up(std::vector<resp_value> replies) = 0;

  /// It was up, and is no more.
  virtual void link_down() = 0;

  /// Something came while it is up.
  virtual void link_received(resp_value&& value) = 0;

  /// All that came in this event was handed over.
  virtual void link_event_over() = 0;
};

class redis_link final : private wire_user {
public:
  using clock = home::clock;

  /// How long connecting, and then the handshake, may take.
  static constexpr std::chrono::milliseconds handshake_timeout{1000};

  /// `role` is for the log and for CLIENT SETNAME.
  redis_link(home& where, const redis_login& login, std::string role,
             link_owner& owner);

  /// Connects there, now; drops the connection that is there. With nothing it
  /// stays unconnected.
  void aim_at(std::optional<wire_target> target);

  bool is_up() const noexcept { return phase_ == phase::up; }

  /// Appends commands to what leaves at the end of the turn.
  /// REQUIRES: is_up().
  void write(std::string_view commands) { wire_->write(commands); }

  /// Drops the connection, because of `why`, and opens another one later.
  void fail(const std::string& why);

  /// Time passes.
  void beat();

private:
  enum class phase : std::uint8_t { idle, waiting, connecting, greeting, up };

  void connect();
  void wire_opened() override;
  void wire_received(std::string_view bytes) override;
  void wire_lost(const std::string& reason) override;
  void greeted(resp_value&& reply);
  std::string described() const;

  home& home_;
  const redis_login& login_;
  const std::string role_;
  link_owner& owner_;
  std::optional<wire_target> target_;
  phase phase_ = phase::idle;
  bool has_been_up_ = false;
  std::unique_ptr<wire> wire_;
  resp_reader reader_;
  backoff backoff_;
  /// When waiting: until then. When greeting: for so long.
  clock::time_point deadline_{};
  /// Which of the handshake's commands may be refused, in order.
  std::vector<bool> is_optional_;
  std::size_t replies_to_skip_ = 0;
  std::vector<resp_value> replies_;
  /// Set by whoever drops the wire while its bytes are being read.
  bool is_dropped_ = false;
};

} // namespace signalbox
