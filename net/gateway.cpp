#include "net/gateway.hpp"

#include "conf/log.hpp"
#include "net/http_connection.hpp"
#include "net/socket_address.hpp"
#include "net/websocket_session.hpp"

#include <cerrno>
#include <functional>

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// Connections accepted in one event, so that a storm of them leaves the
// sessions their turns.
constexpr int accepts_per_event_max = 64;

// How long accepting pauses when no descriptor is left.
constexpr auto accept_pause = 100ms;

// A connection that is no session after so long gives up its descriptor when
// there is no other; a younger one may have its request on the way.
constexpr auto slow_after = 1s;

// Each costs a shard an overview as often as it asked for.
constexpr std::size_t watchers_max = 16;

log::limiter descriptors_log{1000ms};

} // namespace

// -- accepting ----------------------------------------------------------------

/// Accepts connections on one shard; the socket is shared by all of them.
class listener final : public event_source, public timer_entry {
public:
  listener(gateway& owner, int socket, bool is_operations)
    : owner_(owner), socket_(socket), is_operations_(is_operations) {
    owner_.where().watch(socket_, *this, shard::watch_kind::listener);
  }

  ~listener() override { owner_.where().unwatch(socket_); }

  void on_event(std::uint32_t) override {
    for (int i = 0; i < accepts_per_event_max && !is_armed(); ++i) {
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      descriptor socket{::accept4(socket_, reinterpret_cast<sockaddr*>(&peer),
                                  &length, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (socket.is_open())
        owner_.adopt(std::move(socket), address_of(peer), is_operations_);
      else if (errno == EAGAIN || errno == EWOULDBLOCK)
        return;
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
               || errno == ENOMEM)
        make_room();
      // Anything else is the fault of that one connection (accept(2)).
    }
  }

private:
  // Slow handshakes must not keep others out: the oldest goes first. With none
  // left, sessions hold all descriptors, and accepting waits for them.
  void make_room() {
    const auto is_made = owner_.drop_oldest_connection();
    if (auto line = descriptors_log.try_acquire(owner_.at().turn_start);
        line.is_granted)
      log::warn("net", "no descriptor left",
                {{"accepting", is_made ? "goes on" : "pauses"},
                 {"suppressed_lines", line.suppressed}});
    if (is_made)
      return;
    owner_.at().figures.accept_pauses.add();
    owner_.where().unwatch(socket_);
    owner_.at().schedule(*this, accept_pause);
  }

  void expired() override {
    owner_.where().watch(socket_, *this, shard::watch_kind::listener);
  }

  gateway& owner_;
  const int socket_;
  const bool is_operations_;
};

gateway::gateway(caf::actor_system& system, shard& where, home& at,
                 const http_routes& routes, const tls_server* tls,
                 const std::vector<std::unique_ptr<gateway>>& all)
  : system_(system),
    shard_(where),
    home_(at),
    routes_(routes),
    tls_(tls),
    all_(all) {
  // nop
}

gateway::~gateway() = default;

void gateway::listen(int socket, bool is_operations) {
  // The node may be told to stop before it listens.
  if (is_closed_)
    return;
  listeners_.push_back(
    std::make_unique<listener>(*this, socket, is_operations));
}

void gateway::adopt(descriptor socket, const ip_address& peer,
                    bool is_operations) {
  // Owned by the list it enters.
  new http_connection(*this, std::move(socket), peer, is_operations);
}

// -- sessions -----------------------------------------------------------------

void gateway::pass_on(newcomer who) {
  if (who.start.refusal != ec::none || all_.size() == 1)
    return welcome(std::move(who));
  auto& there = *all_[std::hash<std::string>{}(who.start.room) % all_.size()];
  if (&there == this)
    return welcome(std::move(who));
  who.socket.unwatch();
  there.shard_.post([&there, who = std::move(who)]() mutable {
    there.welcome(std::move(who));
  });
}

void gateway::welcome(newcomer who) {
  // One may have been on its way from another shard.
  if (is_closed_)
    return;
  open_session(system_, shard_, home_, std::move(who));
}

// -- connections --------------------------------------------------------------

void gateway::link(http_connection& x) noexcept {
  x.previous_ = last_;
  (last_ ? last_->next_ : first_) = &x;
  last_ = &x;
}

void gateway::unlink(http_connection& x) noexcept {
  (x.previous_ ? x.previous_->next_ : first_) = x.next_;
  (x.next_ ? x.next_->previous_ : last_) = x.previous_;
  x.previous_ = x.next_ = nullptr;
}

bool gateway::drop_oldest_connection() {
  auto* oldest = first_;
  // Those are few.
  while (oldest && oldest->is_watching())
    oldest = oldest->next_;
  if (oldest && home_.turn_start - oldest->accepted() < slow_after)
    return false;
  auto* victim = oldest ? oldest : first_;
  if (victim)
    victim->drop();
  return victim != nullptr;
}

bool gateway::begin_watching() noexcept {
  if (watchers_ >= watchers_max)
    return false;
  ++watchers_;
  return true;
}

void gateway::close_all() {
  is_closed_ = true;
  for (auto& x : listeners_)
    shard_.bury(std::move(x));
  listeners_.clear();
  while (first_)
    first_->drop();
  while (auto* x = session::first_of(home_))
    x->drop();
}

} // namespace signalbox
