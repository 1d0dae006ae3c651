// The connections that the actors of one shard open to servers: the port of
// actors/wire.hpp over sockets.

#pragma once

#include "net/name_resolver.hpp"
#include "net/wire_connection.hpp"

#include <memory>
#include <vector>

namespace signalbox {

class shard_wires final : public wire_maker {
public:
  /// `tls` is null if no target ever asks for it; all three outlive the wires.
  /// `look_up` is for tests.
  shard_wires(shard& where, home& at, const tls_client* tls,
              name_resolver::look_up_function look_up = look_up_name);

  /// Closes the wires that are left, whose users hear no more of them: an actor
  /// may end later than the network. REQUIRES: the shard's thread, or that it
  /// has been joined.
  ~shard_wires() override;

  shard_wires(const shard_wires&) = delete;
  shard_wires& operator=(const shard_wires&) = delete;

  std::unique_ptr<wire> connect(const wire_target& target, wire_user& user,
                                std::chrono::milliseconds within) override;

private:
  class handle;

  shard& shard_;
  home& home_;
  const tls_client* const tls_;
  name_resolver names_;
  std::vector<handle*> handles_;
};

} // namespace signalbox
