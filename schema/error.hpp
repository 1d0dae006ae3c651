// Why a session or a message was refused, and what its client is told. Numbers
// are pinned: they appear in logs and dashboards. Names no actor, no socket.
// Source: RFC 6455 §7.4 for the 1xxx codes; the texts are part of the contract
// with clients.

#pragma once

#include <cstdint>
#include <string_view>

namespace signalbox {

/// How a session talks; chosen once, in the handshake.
enum class dialect : std::uint8_t {
  /// The one of the server we replace: no identity, no receipts.
  base = 0,
  /// `signalbox.v1`: base plus identity, presence, addressing and receipts.
  v1 = 1,
};

enum class ec : std::uint8_t {
  /// No error.
  none = 0,

  // -- refusals of a session, decided at the upgrade --------------------------
  invalid_room_id = 10,
  unauthorized = 11,
  room_forbidden = 12,
  origin_not_allowed = 13,
  wss_required = 14,
  subprotocol_required = 15,
  /// The client chose a dialect that this build does not speak yet.
  dialect_not_supported = 16,
  /// Too many upgrades or connections from this address.
  address_limited = 17,
  room_full = 18,
  /// Circuit open, or the join's command failed or timed out.
  backplane_unavailable = 19,
  /// The issuer's keys could not be fetched, so no token can be judged.
  keys_unavailable = 20,

  // -- ends of an open session ------------------------------------------------
  slow_consumer = 30,
  draining = 31,
  token_expired = 32,
  kicked = 33,
  room_closed = 34,
  internal = 35,

  // -- refusals of one message; the session stays open ------------------------
  bad_json = 50,
  unknown_type = 51,
  bad_member = 52,
  too_large = 53,
  /// A type only the server may send.
  reserved = 54,
  rate_limited = 55,
};

/// A close frame's content. `reason` is at most 123 bytes (RFC 6455 §5.5).
struct close_reason {
  std::uint16_t code;
  std::string_view reason;
};

/// The close frame for a session of dialect `d` that ends because of `error`.
/// Errors of messages, which close nothing, map to 1011; `ec::none` is a normal
/// closure, 1000 without a text. For `draining` the code is the default one:
/// the caller puts SHUTDOWN_CLOSE_CODE in its place.
close_reason close_reason_of(ec error, dialect d) noexcept;

/// The name used in logs and metric labels: lower_snake, from a closed set.
std::string_view name_of(ec error) noexcept;

/// Whether a client that was closed for `error` gains from connecting again,
/// later, elsewhere or with a new token. Of what closes nothing: false.
bool may_reconnect(ec error) noexcept;

} // namespace signalbox
