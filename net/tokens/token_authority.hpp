// Judges tokens by the configuration: form, algorithm, key, signature, then the
// claims exp, nbf, iss, aud, and the rooms. One a node, shared by its shards;
// fails closed. Keys of an issuer are published by whoever fetches them, as a
// whole set at a time. Nothing of a token leaves here but its subject.
// Source: RFC 7519 §7.2, RFC 8725 §3.

#pragma once

#include "actors/token_judge.hpp"
#include "conf/options.hpp"
#include "net/tokens/key_set.hpp"
#include "net/tokens/shared_secret.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

class token_authority final : public token_judge {
public:
  using steady_clock = std::chrono::steady_clock;

  /// `clock` says how fresh keys are, and is called from every thread that
  /// judges. Throws std::runtime_error if OpenSSL lacks HMAC.
  explicit token_authority(
    const options& settings,
    std::function<steady_clock::time_point()> clock = &steady_clock::now);

  /// Puts `keys` in the place of all before, whole: who judges sees the old set
  /// or the new one. Null if they could not be fetched: the last ones stay, if
  /// any, and who needs another one is refused with `keys_unavailable` until a
  /// set is published. Until `fresh_until` no token asks for others because of
  /// their age. Any thread.
  void publish(std::shared_ptr<const key_set> keys,
               steady_clock::time_point fresh_until);

  /// Wants keys for a well-formed token of an asymmetric algorithm that is
  /// allowed, if a key server is configured and no set was ever published, or
  /// the set is no longer fresh, or it has no key of the token's kid (without
  /// one: that fits). Keys that are no longer fresh judge when the wish is used
  /// up.
  token_verdict judge(std::string_view token, std::string_view room,
                      std::chrono::system_clock::time_point now,
                      key_wish wish) const override;

private:
  struct published {
    /// Null until a set was published.
    std::shared_ptr<const key_set> keys;
    steady_clock::time_point fresh_until;
    /// The last fetch brought nothing: the issuer may have keys that are not
    /// here.
    bool is_issuer_down = false;
  };

  published current() const;

  bool allows(const json_web_token& token) const noexcept;
  token_verdict judge_signature(const json_web_token& token,
                                key_wish wish) const;
  token_verdict judge_secret(const json_web_token& token) const;
  token_verdict judge_keys(const json_web_token& token, key_wish wish) const;
  token_verdict judge_claims(const json_web_token& token, std::string_view room,
                             std::chrono::system_clock::time_point now) const;

  /// A bit for each algorithm.
  std::uint32_t allowed_ = 0;
  /// The one in force, then the one before.
  std::vector<shared_secret> secrets_;
  const bool has_key_server_;
  const std::string issuer_;
  const std::string audience_;
  const std::string rooms_claim_;
  const std::chrono::seconds leeway_;
  const std::function<steady_clock::time_point()> clock_;
  /// Held to copy or to swap what is published, no longer.
  mutable std::mutex mutex_;
  published published_;
};

} // namespace signalbox
