#include "net/node.hpp"

#include "conf/log.hpp"

#include <algorithm>
#include <sys/random.h>
#include <thread>

namespace signalbox {

namespace {

// For what is not a session: listeners, epoll sets, pipes, files, and the
// connections that ask for health or are still shaking hands.
constexpr std::uint64_t spare_descriptors = 512;

std::size_t shard_count(const options& settings) {
  if (settings.shards > 0)
    return settings.shards;
  return std::max(1u, std::thread::hardware_concurrency());
}

std::uint64_t connections_max(const options& settings) {
  if (settings.max_connections > 0)
    return settings.max_connections;
  const auto descriptors = raise_descriptor_limit();
  return descriptors - std::min(descriptors / 2, spare_descriptors);
}

std::unique_ptr<const tls_client> make_redis_tls(const options& settings) {
  if (!settings.redis_url || !settings.redis_url->is_tls)
    return nullptr;
  return std::make_unique<tls_client>(
    tls_client_options{.ca_file = settings.redis_ca_file,
                       .cert_file = settings.redis_cert_file,
                       .key_file = settings.redis_key_file});
}

std::unique_ptr<tls_server> make_client_tls(const options& settings) {
  if (settings.tls_cert_file.empty())
    return nullptr;
  return std::make_unique<tls_server>(tls_server_options{
    .cert_file = settings.tls_cert_file, .key_file = settings.tls_key_file});
}

std::unique_ptr<token_services> make_tokens(const options& settings) {
  return settings.enable_auth ? std::make_unique<token_services>(settings)
                              : nullptr;
}

void log_certificate(const tls_server& tls) {
  const auto facts = tls.facts();
  log::info("net", "TLS certificate loaded",
            {{"subject", facts.subject}, {"valid_until", facts.valid_until}});
  // It is shown all the same: a client may know it by other means.
  if (facts.has_expired)
    log::warn("net", "TLS certificate has expired",
              {{"subject", facts.subject}, {"valid_until", facts.valid_until}});
}

} // namespace

std::string make_node_id() {
  static constexpr std::string_view alphabet =
    "abcdefghijklmnopqrstuvwxyz234567";
  std::string result(12, '\0');
  // Never fails for so few bytes (getrandom(2)).
  [[maybe_unused]] auto size = getrandom(result.data(), result.size(), 0);
  for (auto& x : result)
    x = alphabet[static_cast<unsigned char>(x) % alphabet.size()];
  return result;
}

node::node(const options& settings, std::string id,
           const backplane_factory& make_backplane)
  : state_(settings, std::move(id)),
    redis_tls_(make_redis_tls(settings)),
    tls_(make_client_tls(settings)),
    tokens_(make_tokens(settings)),
    socket_(listen_on(settings.bind, settings.port)),
    config_(shard_count(settings)) {
  if (settings.health_port > 0 || settings.has_health_port)
    operations_socket_ = listen_on(
      settings.admin_bind.empty() ? settings.bind : settings.admin_bind,
      settings.health_port);
  raise_descriptor_limit();
  state_.connections_max = connections_max(settings);
  system_.emplace(config_);
  auto& scheduler = shard_scheduler::of(*system_);
  state_.shards = static_cast<std::uint32_t>(scheduler.shards().size());
  std::vector<home*> homes;
  std::vector<const home*> read_only_homes;
  for (const auto& x : scheduler.shards()) {
    homes_.push_back(
      std::make_unique<home>(state_, x.get(), x->turn_start(), x->index()));
    wires_.push_back(
      std::make_unique<shard_wires>(*x, *homes_.back(), redis_tls_.get()));
    homes_.back()->turns = &x->figures();
    homes_.back()->wires = wires_.back().get();
    homes_.back()->in_next_turn = [on = x.get()](std::function<void()> f) {
      on->post(std::move(f));
    };
    homes_.back()->tokens = tokens_ ? &tokens_->judge() : nullptr;
    homes.push_back(homes_.back().get());
    read_only_homes.push_back(homes_.back().get());
  }
  routes_.emplace(state_, std::move(read_only_homes));
  supervisor_ = spawn_at<supervisor>(
    *system_, *homes.front(), homes, make_backplane,
    tokens_ ? tokens_->key_keeper_at(*scheduler.shards().front())
            : key_keeper_factory{});
  for (const auto& x : scheduler.shards())
    gateways_.push_back(std::make_unique<gateway>(
      *system_, *x, *homes_[x->index()], *routes_, tls_.get(), gateways_));
  // Nobody is let in before a shard's subsystems are there. The supervisor runs
  // between these two tasks of its shard, and queues the first turns of all of
  // them; `listen` comes behind those in each shard's queue.
  auto& first = *scheduler.shards().front();
  first.post([this, &first] {
    first.post([this] {
      for (const auto& x : gateways_)
        x->where().post([this, gate = x.get()] { listen(*gate); });
    });
  });
  if (tls_)
    log_certificate(*tls_);
  scheduler.run();
}

void node::listen(gateway& gate) {
  gate.listen(socket_.socket.get(), false);
  if (operations_socket_.socket.is_open())
    gate.listen(operations_socket_.socket.get(), true);
}

void node::drain(std::function<void()> done) {
  // A one-shot actor that waits for the answer.
  system_->spawn<caf::hidden>(
    [done = std::move(done)](caf::event_based_actor* self,
                             const supervisor_actor& supervisor) {
      self->request(supervisor, caf::infinite, drain_atom_v)
        .then([done](drained_atom) { done(); },
              [done](const caf::error&) { done(); });
    },
    supervisor_);
}

void node::reload_certificate() {
  if (!tls_)
    return log::info("net", "nothing to reload: there is no TLS certificate");
  try {
    tls_->reload();
    log_certificate(*tls_);
  } catch (const std::exception& e) {
    log::error("net", "TLS certificate not reloaded, the old one stays",
               {{"reason", e.what()}});
  }
}

void node::when_failed(std::function<void()> f) {
  caf::actor_cast<caf::abstract_actor*>(supervisor_)
    ->attach_functor([f = std::move(f)](const caf::error& reason) {
      if (reason != caf::exit_reason::user_shutdown)
        f();
    });
}

node::~node() {
  auto& scheduler = shard_scheduler::of(*system_);
  // Each shard on its own thread: what listens and what is half open, then the
  // sessions, whose rooms end with them.
  for (const auto& x : gateways_)
    x->where().post([gate = x.get()] { gate->close_all(); });
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  scheduler.join();
  // An actor that has failed to end does without from here on.
  for (const auto& x : homes_)
    x->wires = nullptr;
  wires_.clear();
  // Handles of actors that refer to each other.
  supervisor_ = nullptr;
  for (const auto& x : homes_) {
    x->directory = nullptr;
    x->backplane = nullptr;
    x->caretaker = nullptr;
    x->supervisor = nullptr;
    x->key_keeper = nullptr;
  }
  system_->await_actors_before_shutdown(false);
  // The shards turn once more here, and may find tasks for the gateways.
  system_.reset();
  gateways_.clear();
}

} // namespace signalbox
