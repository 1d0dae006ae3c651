#include "net/tokens/key_keeper.hpp"

#include "net/tokens/key_fetcher.hpp"

#include <utility>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// An issuer that fails in turns, each time for another reason.
constexpr auto failure_line_interval = 1s;

} // namespace

key_keeper::key_keeper(caf::actor_config& config, home& where, key_sink& sink,
                       std::unique_ptr<key_fetch> fetch)
  : pinned(config, where, actor_kind::key_keeper),
    sink_(sink),
    fetch_(std::move(fetch)),
    schedule_(where.settings.jwks_cache_ttl, where.settings.jwks_min_refetch),
    failure_lines_(failure_line_interval) {
  // nop
}

key_keeper::behavior_type key_keeper::make_behavior() {
  return {
    [this](freshen_atom) { return freshen(); },
  };
}

caf::result<fresh_atom> key_keeper::freshen() {
  const auto answer = schedule_.asked(home_.turn_start);
  if (answer == key_schedule::answer::now)
    return fresh_atom_v;
  auto result = make_response_promise<fresh_atom>();
  waiting_.push_back(result);
  if (answer == key_schedule::answer::after_new_fetch)
    start_fetch();
  return result;
}

void key_keeper::start_fetch() {
  home_.figures.jwks_fetches.add();
  if (schedule_.is_failing())
    sink_.keep(schedule_.fresh_until());
  fetch_->start([this](const fetch_result& x) { fetch_ended(x); });
}

void key_keeper::fetch_ended(const fetch_result& result) {
  const auto now = home_.turn_start;
  auto reason = result.error;
  if (reason.empty()) {
    const auto fresh_until = now + home_.settings.jwks_cache_ttl;
    const auto intake = sink_.take_up(result.text, fresh_until);
    if (intake.error.empty()) {
      schedule_.fetched(now);
      note_success(intake);
      return answer_all();
    }
    reason = "no key set: " + intake.error;
  }
  schedule_.failed(now);
  sink_.keep(schedule_.fresh_until());
  note_failure(reason);
  answer_all();
}

// Each state is told once, not each fetch: an issuer may be asked every second.
void key_keeper::note_success(const key_intake& intake) {
  failure_.clear();
  const auto is_news = keys_told_ != intake.keys;
  keys_told_ = intake.keys;
  // Without keys nobody is let in.
  const auto level = !is_news           ? log_level::debug
                     : intake.keys == 0 ? log_level::warn
                                        : log_level::info;
  if (log::is_enabled(level))
    log::write(level, "net", "keys fetched",
               {{"url", fetch_->name()},
                {"keys", intake.keys},
                {"skipped", intake.skipped}});
}

void key_keeper::note_failure(const std::string& reason) {
  home_.figures.jwks_fetch_failures.add();
  if (failure_ == reason)
    return;
  const auto line = failure_lines_.try_acquire(home_.turn_start);
  if (!line.is_granted)
    return;
  failure_ = reason;
  keys_told_.reset();
  log::warn("net", "keys not fetched",
            {{"url", fetch_->name()},
             {"reason", reason},
             {"suppressed_lines", line.suppressed}});
}

void key_keeper::answer_all() {
  for (auto& x : std::exchange(waiting_, {}))
    x.deliver(fresh_atom_v);
}

void key_keeper::on_exit() {
  fetch_.reset();
  for (auto& x : std::exchange(waiting_, {}))
    x.deliver(error_of(ec::keys_unavailable));
}

key_keeper_actor start_key_keeper(caf::actor_system& system, home& where,
                                  shard& at, key_sink& sink) {
  return spawn_at<key_keeper>(
    system, where, sink,
    std::make_unique<key_fetcher>(at, where.settings.jwt_jwks_url));
}

} // namespace signalbox
