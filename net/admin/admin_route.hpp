// The paths of the admin endpoint: what is where, behind which door, and for
// which method. Pure.

#pragma once

#include "net/admin/access.hpp"
#include "net/http_answer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox {

enum class admin_resource : std::uint8_t {
  none,
  page_file,
  description,
  overview,
  overview_stream,
  rooms,
  room,
  room_close,
  sessions,
  session,
  session_kick,
  actors,
  actor,
  drain,
  log_level,
};

struct admin_place {
  admin_resource what = admin_resource::none;
  /// Of one of a kind, its id as it stands in the path; of a file of the page
  /// the whole path.
  std::string_view name = {};
};

/// `path` is `/admin` or begins with `/admin/`. The result points into it.
admin_place admin_place_of(std::string_view path) noexcept;

admin_door door_of(const admin_place& where) noexcept;

/// 308, 404 or 405; nothing if this is a method for the place. HEAD is GET.
std::optional<http_answer> admin_route_error(std::string_view method,
                                             const admin_place& where);

} // namespace signalbox
