#include "net/tokens/token_authority.hpp"

#include "conf/value.hpp"

#include <algorithm>
#include <utility>

namespace signalbox {

namespace {

using time_point = std::chrono::system_clock::time_point;

/// All that a verdict may give as its reason.
namespace reasons {

constexpr std::string_view no_token = "no token";
constexpr std::string_view malformed = "malformed";
constexpr std::string_view algorithm = "algorithm";
constexpr std::string_view no_secret = "no secret";
constexpr std::string_view no_keys = "no keys";
constexpr std::string_view stale_keys = "stale keys";
constexpr std::string_view unknown_key = "unknown key";
constexpr std::string_view unfit_key = "unfit key";
constexpr std::string_view signature = "signature";
constexpr std::string_view no_expiry = "no expiry";
constexpr std::string_view expired = "expired";
constexpr std::string_view not_yet_valid = "not yet valid";
constexpr std::string_view issuer = "issuer";
constexpr std::string_view audience = "audience";
constexpr std::string_view room = "room";

} // namespace reasons

token_verdict refused(std::string_view reason, ec error = ec::unauthorized) {
  token_verdict result;
  result.error = error;
  result.reason = reason;
  return result;
}

/// Refused for now.
token_verdict wanting_keys(std::string_view reason) {
  auto result = refused(reason);
  result.wants_keys = true;
  return result;
}

token_verdict accepted() {
  token_verdict result;
  result.error = ec::none;
  return result;
}

/// A date as far away as the clock can tell stays there.
time_point later_by(time_point time, std::chrono::seconds by) noexcept {
  return time > time_point::max() - by ? time_point::max() : time + by;
}

constexpr std::uint32_t bit_of(signature_algorithm algorithm) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(algorithm);
}

bool grants(const std::string& entry, std::string_view room) noexcept {
  if (entry.ends_with('*'))
    return room.starts_with(
      std::string_view{entry}.substr(0, entry.size() - 1));
  return entry == room;
}

} // namespace

token_authority::token_authority(
  const options& settings, std::function<steady_clock::time_point()> clock)
  : has_key_server_(!settings.jwt_jwks_url.empty()),
    issuer_(settings.jwt_issuer),
    audience_(settings.jwt_audience),
    rooms_claim_(settings.jwt_rooms_claim),
    leeway_(settings.jwt_leeway),
    clock_(std::move(clock)) {
  for (auto one : settings.jwt_alg)
    allowed_ |= bit_of(one);
  // An empty secret would be one that everybody knows.
  for (const auto* secret :
       {&settings.jwt_secret, &settings.jwt_secret_previous})
    if (!secret->empty())
      secrets_.emplace_back(*secret);
}

void token_authority::publish(std::shared_ptr<const key_set> keys,
                              steady_clock::time_point fresh_until) {
  const auto is_issuer_down = keys == nullptr;
  published old{std::move(keys), fresh_until, is_issuer_down};
  // The set before goes when nothing is locked any more.
  const std::lock_guard guard{mutex_};
  if (is_issuer_down)
    old.keys = published_.keys;
  std::swap(published_, old);
}

token_authority::published token_authority::current() const {
  const std::lock_guard guard{mutex_};
  return published_;
}

token_verdict token_authority::judge(std::string_view token,
                                     std::string_view room, time_point now,
                                     key_wish wish) const {
  if (token.empty())
    return refused(reasons::no_token);
  const auto parts = read_json_web_token(token, rooms_claim_);
  if (!parts)
    return refused(reasons::malformed);
  if (!allows(*parts))
    return refused(reasons::algorithm);
  auto verdict = judge_signature(*parts, wish);
  return verdict.error == ec::none ? judge_claims(*parts, room, now) : verdict;
}

bool token_authority::allows(const json_web_token& token) const noexcept {
  return token.algorithm && (allowed_ & bit_of(*token.algorithm)) != 0;
}

token_verdict token_authority::judge_signature(const json_web_token& token,
                                               key_wish wish) const {
  return is_symmetric(*token.algorithm) ? judge_secret(token)
                                        : judge_keys(token, wish);
}

token_verdict token_authority::judge_secret(const json_web_token& token) const {
  if (secrets_.empty())
    return refused(reasons::no_secret);
  const auto is_signed =
    std::any_of(secrets_.begin(), secrets_.end(), [&](const auto& secret) {
      return secret.verify(*token.algorithm, token.signed_text,
                           token.signature);
    });
  return is_signed ? accepted() : refused(reasons::signature);
}

token_verdict token_authority::judge_keys(const json_web_token& token,
                                          key_wish wish) const {
  if (!has_key_server_)
    return refused(reasons::no_keys);
  const auto may_want = wish == key_wish::allowed;
  const auto [keys, fresh_until, is_issuer_down] = current();
  if (!keys)
    return may_want ? wanting_keys(reasons::no_keys)
                    : refused(reasons::no_keys, ec::keys_unavailable);
  if (may_want && clock_() >= fresh_until)
    return wanting_keys(reasons::stale_keys);
  switch (keys->verify(token)) {
    case signature_verdict::good:
      return accepted();
    case signature_verdict::wrong:
      return refused(reasons::signature);
    case signature_verdict::no_key:
      break;
  }
  if (token.kid && keys->knows(*token.kid))
    return refused(reasons::unfit_key);
  if (may_want)
    return wanting_keys(reasons::unknown_key);
  // It may be one that the issuer has changed to meanwhile.
  return refused(reasons::unknown_key,
                 is_issuer_down ? ec::keys_unavailable : ec::unauthorized);
}

token_verdict token_authority::judge_claims(const json_web_token& token,
                                            std::string_view room,
                                            time_point now) const {
  if (!token.expiry)
    return refused(reasons::no_expiry);
  const auto ends_at = later_by(*token.expiry, leeway_);
  if (now >= ends_at)
    return refused(reasons::expired);
  if (token.not_before && later_by(now, leeway_) < *token.not_before)
    return refused(reasons::not_yet_valid);
  if (!issuer_.empty() && token.issuer != issuer_)
    return refused(reasons::issuer);
  const auto& audiences = token.audiences;
  if (!audience_.empty()
      && std::find(audiences.begin(), audiences.end(), audience_)
           == audiences.end())
    return refused(reasons::audience);
  if (std::none_of(token.rooms.begin(), token.rooms.end(),
                   [=](const auto& entry) { return grants(entry, room); }))
    return refused(reasons::room, ec::room_forbidden);
  auto result = accepted();
  result.ends_at = ends_at;
  result.subject = token.subject.value_or(std::string{});
  return result;
}

} // namespace signalbox
