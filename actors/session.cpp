#include "actors/session.hpp"

#include "actors/room.hpp"
#include "conf/log.hpp"
#include "schema/frames.hpp"

namespace signalbox {

namespace {

using namespace std::chrono_literals;

// Longer than the backplane's deadline for a command, so that its answer, and
// not this, decides. In the wheel: CAF 0.17 does not cancel the timer of a
// request that was answered, and it would hold the session until it fires.
constexpr auto enter_timeout = 3000ms;

// How long a client may take to answer our close frame (RFC 6455 §7.1.1 leaves
// it open; browsers answer at once).
constexpr auto close_grace = 5000ms;

// A batch is passed on early when it is this large, so that one event of a
// loud client cannot hold memory without bound.
constexpr std::size_t batch_bytes_max = 256 * 1024;

// What a shard keeps for the next batch.
constexpr std::size_t spare_bytes_max = 64 * 1024;

// FIN, opcode 9, no payload.
constexpr std::string_view ping_frame{"\x89\x00", 2};

log::limiter refusal_log{1000ms};
log::limiter drop_log{1000ms};

} // namespace

session::session(caf::actor_config& config, home& where, session_start start)
  : pinned(config, where, actor_kind::session),
    id_(where.next_session_id()),
    start_(std::move(start)) {
  // Before its first message: whoever closes all of them must find it.
  enlist();
}

session::behavior_type session::make_behavior() {
  if (!home_.session_behavior)
    home_.session_behavior = handlers(home_);
  return *home_.session_behavior;
}

session::behavior_type session::handlers(home& where) {
  const auto self = [&where]() -> session& {
    return static_cast<session&>(*where.current);
  };
  return {
    [self](deliver_atom, const batch_ptr& batch) { self().deliver(*batch); },
    [self](dropped_atom, const batch_ptr& batch, std::uint32_t passed_on) {
      self().dropped(*batch, passed_on);
    },
    [self](end_atom, ec reason) { self().end(reason); },
    [self](opened_atom) { self().enter(); },
    [self](gone_atom) { self().quit(); },
  };
}

bool session::handle_at_once(caf::mailbox_element& x) {
  return handle<deliver_atom, batch_ptr>(
           x, [this](const batch_ptr& batch) { deliver(*batch); })
         || handle<opened_atom>(x, [this] { enter(); })
         || handle<gone_atom>(x, [this] { quit(); });
}

// -- entering -----------------------------------------------------------------

void session::opened() {
  if (phase_ != phase::handshaking)
    return;
  if (start_.refusal != ec::none)
    return end(start_.refusal);
  // It was decided on before the drain, and came after the caretaker's count.
  if (home_.node.is_draining)
    return end(ec::draining);
  record(event_kind::opened);
  phase_ = phase::checking;
  home_.schedule(*this, enter_timeout);
  send(self_handle(), opened_atom_v);
}

void session::enter() {
  if (phase_ != phase::checking)
    return;
  if (!home_.tokens)
    return home_.settings.enable_auth ? end(ec::internal) : enter_room();
  if (!start_.pass)
    start_.pass = std::make_unique<session_pass>("");
  judge_token(key_wish::allowed);
}

void session::enter_room() {
  if (!home_.directory)
    return end(ec::internal);
  phase_ = phase::entering;
  home_.schedule(*this, enter_timeout);
  request(home_.directory, caf::infinite, enter_atom_v, start_.room, id_,
          self_handle())
    .then(
      [this](const caf::strong_actor_ptr& room) {
        entered(caf::actor_cast<room_actor>(room));
      },
      [this](const caf::error& error) { end(ec_of(error)); });
}

void session::entered(room_actor room) {
  if (phase_ != phase::entering)
    return; // It ended meanwhile, and its leave follows its `enter`.
  phase_ = phase::open;
  room_ = std::move(room);
  near_room_ = neighbour<signalbox::room>(room_, home_);
  home_.figures.sessions.add();
  home_.figures.sessions_opened.add();
  record(event_kind::joined);
  log::debug("actors", "session opened",
             {{"session", id_.value}, {"room", start_.room}});
  home_.schedule(*this, home_.settings.heartbeat_interval);
  if (start_.pass)
    start_pass_timer();
  start_reading();
}

// -- from the client ----------------------------------------------------------

void session::receive(std::string_view text) {
  if (phase_ != phase::open)
    return;
  home_.figures.messages_received.add();
  ++traffic_.messages_in;
  traffic_.bytes_in += text.size();
  // The limits come first: they are cheaper than the parser.
  const auto now = home_.now_seconds();
  const auto is_own_limit = !bucket_.try_take(home_.session_rate, now);
  if (is_own_limit || !start_.lease.try_take_message(now)) {
    home_.figures.count_rate_drops(
      is_own_limit ? message_limit::session : message_limit::address, 1);
    record(event_kind::dropped, static_cast<std::uint8_t>(ec::rate_limited),
           text.size());
    if (auto line = drop_log.try_acquire(home_.turn_start); line.is_granted)
      log::info("actors", "messages over the limit are dropped",
                {{"session", id_.value},
                 {"room", start_.room},
                 {"suppressed_lines", line.suppressed}});
    return;
  }
  const auto judged = home_.validator.check(text);
  if (!judged.is_valid()) {
    record(event_kind::refused, static_cast<std::uint8_t>(judged.error),
           text.size());
    return refuse_message(judged);
  }
  const auto kind = static_cast<std::uint8_t>(judged.kind);
  record(event_kind::in, kind, text.size());
  if (!batch_)
    begin_batch();
  append_text_frame(batch_->frames, text);
  ++batch_->messages;
  batch_->kinds += static_cast<char>(kind);
  if (batch_->frames.size() > batch_bytes_max)
    pass_on_batch();
}

void session::refuse_message(const verdict& why) {
  home_.figures.schema_rejections.add();
  if (auto line = refusal_log.try_acquire(home_.turn_start); line.is_granted)
    log::info("actors", "message refused",
              {{"session", id_.value},
               {"room", start_.room},
               {"error", name_of(why.error)},
               {"explanation", why.explanation},
               {"suppressed_lines", line.suppressed}});
  write(schema_error_frame());
  ++traffic_.messages_out;
  traffic_.bytes_out += schema_error_frame().size();
  record(event_kind::out, notice_detail, schema_error_text.size());
}

void session::event_over() {
  pass_on_batch();
  judge_output();
}

void session::begin_batch() {
  batch_ = std::move(home_.spare_batch);
  if (!batch_)
    batch_ = std::make_shared<relay_batch>();
  batch_->taken_up = home_.turn_start;
}

// Mostly all receivers have copied it: that spares the allocator four calls a
// delivery.
void session::reuse(batch_ptr batch) noexcept {
  if (batch.use_count() > 1 || batch->frames.capacity() > spare_bytes_max)
    return;
  // Who held it on another shard had read it before letting go, but looking at
  // the count does not order the two: a change of it does.
  const auto ordered = batch;
  auto spare = std::const_pointer_cast<relay_batch>(std::move(batch));
  spare->frames.clear();
  spare->kinds.clear();
  spare->messages = 0;
  home_.spare_batch = std::move(spare);
}

void session::pass_on_batch() {
  if (!batch_)
    return;
  batch_ptr batch = std::move(batch_);
  if (near_room_ && near_room_->relay_now(id_, batch))
    reuse(std::move(batch));
  else
    send(room_, relay_atom_v, id_, std::move(batch));
}

// -- to the client ------------------------------------------------------------

void session::deliver(const relay_batch& batch) {
  if (phase_ != phase::open)
    return;
  write(batch.frames);
  home_.figures.messages_forwarded.add(batch.messages);
  traffic_.messages_out += std::max(batch.messages, 1u);
  traffic_.bytes_out += batch.frames.size();
  record_delivery(batch);
  judge_output();
}

// Unsent is what the kernel refused: write before judging.
void session::judge_output() {
  const auto limit = home_.settings.backpressure_threshold_bytes;
  if (phase_ != phase::open || unsent_bytes() <= limit || flush() <= limit)
    return;
  home_.figures.backpressure_closes.add();
  record(event_kind::backpressure, 0, unsent_bytes());
  log::info("actors", "session reads too slowly",
            {{"session", id_.value},
             {"room", start_.room},
             {"unsent_bytes", unsent_bytes()}});
  end(ec::slow_consumer);
}

// The session's timer: how long entering may take, then the heartbeat, then the
// grace for the client's close frame.
void session::expired() {
  switch (phase_) {
    case phase::checking:
      return start_.pass ? keys_awaited() : end(ec::keys_unavailable);
    case phase::entering:
      return end(ec::backplane_unavailable);
    case phase::open:
      if (!is_pong_due_)
        return ping();
      home_.figures.heartbeat_drops.add();
      return drop();
    case phase::handshaking:
    case phase::closing:
    case phase::gone:
      return drop();
  }
}

void session::ping() {
  is_pong_due_ = true;
  record(event_kind::ping);
  write(ping_frame);
  home_.schedule(*this, home_.settings.heartbeat_interval);
}

void session::pong_received() noexcept {
  is_pong_due_ = false;
  last_pong_ = home_.turn_start;
  record(event_kind::pong);
}

// -- going away ---------------------------------------------------------------

void session::end(ec reason) {
  if (is_closing())
    return;
  const auto was_let_in = phase_ == phase::open;
  leave_room();
  phase_ = phase::closing;
  home_.figures.count_end(reason);
  record(event_kind::closed, static_cast<std::uint8_t>(reason));
  auto frame = close_reason_of(reason, start_.talks);
  if (reason == ec::draining)
    frame.code = home_.settings.shutdown_close_code;
  write_close(frame);
  // A refused client may be slow to close: its address has no less meanwhile.
  if (!was_let_in)
    start_.lease = address_lease{};
  const auto may_take_time = was_let_in || move_to_refused();
  // Nobody counts who has no place at all: they must not be many.
  if (!may_take_time && !start_.place)
    return drop();
  home_.schedule(*this, may_take_time ? close_grace : 1ms);
  start_reading();
}

// Who is not let in may take its time to close, and nobody's place meanwhile.
// False if too many do so already: then it has no time.
bool session::move_to_refused() noexcept {
  // From the beginning, if it was refused with the upgrade.
  if (start_.place.is_of_refused(home_.node))
    return true;
  auto place = connection_place::try_take_refused(home_.node);
  if (!place)
    return false;
  start_.place = std::move(place);
  return true;
}

void session::broken() {
  if (is_closing())
    return;
  leave_room();
  phase_ = phase::closing;
  home_.figures.count_end(ec::none);
  record(event_kind::closed);
  home_.schedule(*this, close_grace);
}

void session::closed() {
  if (phase_ == phase::gone)
    return;
  // Who hears of the leave may come back for the place at once.
  start_.lease = address_lease{};
  start_.place = connection_place{};
  if (phase_ != phase::closing) {
    leave_room();
    home_.figures.count_end(ec::none);
  }
  phase_ = phase::gone;
  home_.wheel.cancel(*this);
  start_.pass.reset();
  unlist();
  send(self_handle(), gone_atom_v);
}

void session::leave_room() {
  pass_on_batch();
  if (phase_ == phase::open) {
    send(room_, leave_room_atom_v, id_);
    room_ = nullptr;
    near_room_ = nullptr;
    home_.figures.sessions.subtract();
    log::debug("actors", "session left",
               {{"session", id_.value}, {"room", start_.room}});
  } else if (phase_ == phase::entering && home_.directory) {
    // The `enter` is on its way: this follows it.
    send(home_.directory, leave_room_atom_v, start_.room, id_);
  }
}

// However the actor ended: by `gone`, or because a handler threw or somebody
// killed it. Then the client still has to be told, and the room.
void session::on_exit() {
  if (phase_ != phase::gone)
    end(ec::internal);
}

} // namespace signalbox
