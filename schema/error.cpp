#include "schema/error.hpp"

namespace signalbox {

namespace {

/// One row of the table of close codes. `v1` is 0 where that dialect has no
/// code of its own; the text is the same in both.
struct closing {
  std::uint16_t base;
  std::uint16_t v1;
  std::string_view reason;
};

closing closing_of(ec error) noexcept {
  switch (error) {
    case ec::none:
      return {1000, 0, ""};
    case ec::invalid_room_id:
      return {1008, 4400, "Invalid roomId"};
    case ec::unauthorized:
      return {1008, 4401, "Unauthorized"};
    case ec::room_forbidden:
      return {1008, 4403, "Forbidden"};
    case ec::origin_not_allowed:
      return {1008, 4403, "Origin not allowed"};
    case ec::wss_required:
      return {1008, 4403, "WSS required"};
    case ec::subprotocol_required:
      return {1008, 0, "Subprotocol required"};
    case ec::dialect_not_supported:
      return {1008, 0, "Subprotocol not supported"};
    case ec::address_limited:
      return {1013, 4429, "Rate limited"};
    case ec::room_full:
      return {1000, 4409, "Room is full"};
    case ec::backplane_unavailable:
    case ec::keys_unavailable:
      return {1013, 0, "Service unavailable"};
    case ec::slow_consumer:
      return {1013, 4413, "Server overloaded"};
    case ec::draining:
      return {1012, 0, "Server draining"};
    case ec::token_expired:
      return {1008, 4401, "Token expired"};
    case ec::kicked:
      return {1008, 4410, "Kicked"};
    case ec::room_closed:
      return {1008, 4410, "Room closed"};
    case ec::internal:
    case ec::bad_json:
    case ec::unknown_type:
    case ec::bad_member:
    case ec::too_large:
    case ec::reserved:
    case ec::rate_limited:
      break;
  }
  return {1011, 0, "Internal error"};
}

} // namespace

close_reason close_reason_of(ec error, dialect d) noexcept {
  auto row = closing_of(error);
  auto code = d == dialect::v1 && row.v1 != 0 ? row.v1 : row.base;
  return {code, row.reason};
}

std::string_view name_of(ec error) noexcept {
  switch (error) {
    case ec::none:
      return "none";
    case ec::invalid_room_id:
      return "invalid_room_id";
    case ec::unauthorized:
      return "unauthorized";
    case ec::room_forbidden:
      return "room_forbidden";
    case ec::origin_not_allowed:
      return "origin_not_allowed";
    case ec::wss_required:
      return "wss_required";
    case ec::subprotocol_required:
      return "subprotocol_required";
    case ec::dialect_not_supported:
      return "dialect_not_supported";
    case ec::address_limited:
      return "address_limited";
    case ec::room_full:
      return "room_full";
    case ec::backplane_unavailable:
      return "backplane_unavailable";
    case ec::keys_unavailable:
      return "keys_unavailable";
    case ec::slow_consumer:
      return "slow_consumer";
    case ec::draining:
      return "draining";
    case ec::token_expired:
      return "token_expired";
    case ec::kicked:
      return "kicked";
    case ec::room_closed:
      return "room_closed";
    case ec::internal:
      return "internal";
    case ec::bad_json:
      return "bad_json";
    case ec::unknown_type:
      return "unknown_type";
    case ec::bad_member:
      return "bad_member";
    case ec::too_large:
      return "too_large";
    case ec::reserved:
      return "reserved";
    case ec::rate_limited:
      return "rate_limited";
  }
  return "unknown";
}

bool may_reconnect(ec error) noexcept {
  switch (error) {
    case ec::address_limited:
    case ec::backplane_unavailable:
    case ec::keys_unavailable:
    case ec::slow_consumer:
    case ec::draining:
    case ec::token_expired:
    case ec::internal:
      return true;
    case ec::none:
    case ec::invalid_room_id:
    case ec::unauthorized:
    case ec::room_forbidden:
    case ec::origin_not_allowed:
    case ec::wss_required:
    case ec::subprotocol_required:
    case ec::dialect_not_supported:
    case ec::room_full:
    case ec::kicked:
    case ec::room_closed:
    case ec::bad_json:
    case ec::unknown_type:
    case ec::bad_member:
    case ec::too_large:
    case ec::reserved:
    case ec::rate_limited:
      break;
  }
  return false;
}

} // namespace signalbox
