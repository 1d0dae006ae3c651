// One connection that a node opens: finds the server's address, connects, with
// TLS shakes hands, carries bytes. The user is called only from events, tasks
// and timeouts of the shard, and not at all once `close` has been called.
// Buried when it is given up, as an event of the same turn may point to it.

#pragma once

#include "actors/home.hpp"
#include "net/name_resolver.hpp"
#include "net/shard_stream.hpp"
#include "net/tls_channel.hpp"

#include <optional>

namespace signalbox {

class wire_connection final : public event_source,
                              private timer_entry,
                              private turn_output {
public:
  /// `tls` is null where no wire speaks it.
  wire_connection(shard& where, home& at, const tls_client* tls,
                  const wire_target& target, wire_user& user);

  /// Begins. REQUIRES: called once, and `close` before the end.
  void open(name_resolver& names, std::chrono::milliseconds within);

  /// Idempotent. What has been written is offered to the kernel once more.
  void close() noexcept;

  /// Dropped unless the wire is open.
  void write(std::string_view bytes);

  /// With TLS as it leaves, once it is encrypted: a little more.
  std::size_t unsent_bytes() const noexcept;

  void on_event(std::uint32_t events) override;

private:
  enum class phase : std::uint8_t {
    resolving,
    connecting,
    /// Could not even begin; to be said in the next turn.
    failed,
    shaking_hands,
    open,
    closed,
  };

  void expired() override;
  void write_out() override;

  std::chrono::milliseconds time_left() const noexcept;
  void lose(std::string reason);

  void resolved(const name_answer& answer);
  bool try_next();
  void note_failure(int error);
  void on_connect_event(std::uint32_t events);
  void connected();
  void opened();

  void read_next();
  void on_read(boost::system::error_code ec, std::size_t size);
  void on_ciphertext(std::string_view bytes);
  bool shake_hands();
  boost::system::error_code encrypt();
  std::string tls_peer() const;
  std::string tls_failure(const boost::system::error_code& ec) const;

  shard& shard_;
  home& home_;
  const tls_client* const tls_;
  const wire_target target_;
  wire_user& user_;
  phase phase_ = phase::resolving;
  home::clock::time_point deadline_;

  name_resolver::request lookup_;
  std::vector<socket_address> addresses_;
  std::size_t tried_ = 0;
  /// What came of those that were tried.
  std::string failures_;
  descriptor socket_;

  /// The address that was reached, for the log.
  std::string peer_;
  std::optional<shard_stream> stream_;
  std::optional<tls_channel> channel_;
  /// What is to be encrypted at the turn's end.
  std::string plain_;
};

} // namespace signalbox
