// A connection that a node opens to a server, as actors see it: bytes out,
// bytes in, and its end. The port that `net` implements and the backplane uses.
// Everything here is for the home's own thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace signalbox {

/// Where a wire leads.
struct wire_target {
  /// A name or a numeric address; or, with `port` 0, the path of a Unix socket.
  std::string host;
  std::uint16_t port = 0;
  /// Whether to speak TLS. The certificate must be good for `host`.
  bool is_tls = false;

  friend bool operator==(const wire_target&, const wire_target&) = default;
};

/// Who uses a wire. None of these is called from within a call of the user's.
class wire_user {
public:
  virtual ~wire_user() = default;

  /// The wire is open, with TLS the handshake done.
  virtual void wire_opened() = 0;

  /// What came in one event. The view ends with the call. The user may close
  /// (destroy) the wire in here.
  virtual void wire_received(std::string_view bytes) = 0;

  /// The wire could not be opened, or was lost; said once, nothing follows. The
  /// reason is for the log. The user may destroy the wire in here.
  virtual void wire_lost(const std::string& reason) = 0;
};

/// A connection being opened, open, or lost. Destroying it closes it, after the
/// kernel was offered what has been written; its user hears no more of it.
class wire {
public:
  virtual ~wire() = default;

  /// Appends to the output, which is sent at the end of the turn in one write.
  /// REQUIRES: open.
  virtual void write(std::string_view bytes) = 0;

  /// Bytes of the output that the kernel has not taken yet.
  virtual std::size_t unsent_bytes() const noexcept = 0;
};

/// Opens wires on one shard.
class wire_maker {
public:
  virtual ~wire_maker() = default;

  /// Begins to open a wire; gives up and says so after `within`. `user`
  /// outlives the wire.
  virtual std::unique_ptr<wire> connect(const wire_target& target,
                                        wire_user& user,
                                        std::chrono::milliseconds within) = 0;
};

} // namespace signalbox
