#include "net/tokens/token_services.hpp"

#include "net/tokens/key_keeper.hpp"

namespace signalbox {

token_services::token_services(const options& settings)
  : settings_(settings), authority_(settings), intake_(authority_) {
  // nop
}

key_keeper_factory token_services::key_keeper_at(shard& where) {
  if (settings_.jwt_jwks_url.empty())
    return {};
  return [this, &where](caf::actor_system& system, home& at) {
    return start_key_keeper(system, at, where, intake_);
  };
}

key_intake token_services::intake::take_up(std::string_view document,
                                           time_point fresh_until) {
  auto reading = read_key_set(document);
  if (!reading.keys)
    return {0, 0, "expected " + std::string{reading.expected}};
  key_intake result{reading.keys->size(), reading.keys->skipped(), {}};
  authority_.publish(std::move(reading.keys), fresh_until);
  return result;
}

void token_services::intake::keep(time_point fresh_until) {
  authority_.publish(nullptr, fresh_until);
}

} // namespace signalbox
