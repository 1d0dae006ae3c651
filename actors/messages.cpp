#include "actors/messages.hpp"

namespace signalbox {

caf::error error_of(ec error, std::string context) {
  const auto code = static_cast<std::uint8_t>(error);
  const auto category = caf::atom("signalbox");
  if (context.empty())
    return {code, category};
  return {code, category, caf::make_message(std::move(context))};
}

ec ec_of(const caf::error& error) noexcept {
  if (error.category() == caf::atom("signalbox"))
    return static_cast<ec>(error.code());
  if (error == caf::sec::request_timeout)
    return ec::backplane_unavailable;
  return ec::internal;
}

std::string_view name_of(actor_kind kind) noexcept {
  switch (kind) {
    case actor_kind::session:
      return "session";
    case actor_kind::room:
      return "room";
    case actor_kind::room_directory:
      return "room_directory";
    case actor_kind::caretaker:
      return "caretaker";
    case actor_kind::backplane:
      return "backplane";
    case actor_kind::subscriber:
      return "subscriber";
    case actor_kind::connection:
      return "connection";
    case actor_kind::supervisor:
      return "supervisor";
    case actor_kind::key_keeper:
      return "key_keeper";
    case actor_kind::inspector:
      return "inspector";
    case actor_kind::inquiry:
      return "inquiry";
  }
  return "";
}

bool is_subsystem(actor_kind kind) noexcept {
  switch (kind) {
    case actor_kind::room_directory:
    case actor_kind::caretaker:
    case actor_kind::supervisor:
    case actor_kind::key_keeper:
    case actor_kind::inspector:
    case actor_kind::backplane:
      return true;
    case actor_kind::session:
    case actor_kind::room:
    case actor_kind::subscriber:
    case actor_kind::connection:
    case actor_kind::inquiry:
      return false;
  }
  return false;
}

} // namespace signalbox
