// All that judges tokens on a node that asks for them: the authority, and the
// way of an issuer's keys to it.

#pragma once

#include "actors/supervisor.hpp"
#include "net/tokens/key_fetch.hpp"
#include "net/tokens/token_authority.hpp"

namespace signalbox {

class shard;

class token_services {
public:
  /// For ENABLE_AUTH. Throws std::runtime_error if OpenSSL lacks HMAC.
  explicit token_services(const options& settings);

  const token_judge& judge() const noexcept { return authority_; }

  /// How to start the key keeper at `where`, the home's shard; empty without
  /// JWT_JWKS_URL. This outlives what it makes.
  key_keeper_factory key_keeper_at(shard& where);

private:
  // The keeper's keys on their way to the authority.
  class intake final : public key_sink {
  public:
    explicit intake(token_authority& authority) : authority_(authority) {
      // nop
    }

    key_intake take_up(std::string_view document,
                       time_point fresh_until) override;

    void keep(time_point fresh_until) override;

  private:
    token_authority& authority_;
  };

  const options& settings_;
  token_authority authority_;
  intake intake_;
};

} // namespace signalbox
