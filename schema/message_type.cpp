#include "schema/message_type.hpp"

#include <algorithm>
#include <iterator>

namespace signalbox {

namespace {

/// In order of frequency: a call is a description or two and many candidates.
constexpr message_kind kinds[] = {
  message_kind::candidate, message_kind::offer,    message_kind::answer,
  message_kind::control,   message_kind::pranswer, message_kind::rollback,
};

/// What the server says in any dialect; a base client that hears one of these
/// must be able to believe it.
constexpr std::string_view reserved_types[] = {
  "peer-disconnected", "welcome",     "peer-joined",
  "peer-left",         "ack",         "error",
  "draining",          "ice-servers", "pong",
  "token-expiring",
};

} // namespace

std::string_view name_of(message_kind kind) noexcept {
  switch (kind) {
    case message_kind::offer:
      return "offer";
    case message_kind::answer:
      return "answer";
    case message_kind::pranswer:
      return "pranswer";
    case message_kind::rollback:
      return "rollback";
    case message_kind::candidate:
      return "candidate";
    case message_kind::control:
      return "control";
  }
  return "unknown";
}

type_judgement judge_type(std::string_view name) noexcept {
  for (auto kind : kinds)
    if (name == name_of(kind))
      return {kind, ec::none};
  auto is_reserved = std::find(std::begin(reserved_types),
                               std::end(reserved_types), name)
                     != std::end(reserved_types);
  return {{}, is_reserved ? ec::reserved : ec::unknown_type};
}

bool is_reserved_action(std::string_view action) noexcept {
  return action == "schema-error";
}

bool is_description(message_kind kind) noexcept {
  switch (kind) {
    case message_kind::offer:
    case message_kind::answer:
    case message_kind::pranswer:
    case message_kind::rollback:
      return true;
    case message_kind::candidate:
    case message_kind::control:
      break;
  }
  return false;
}

} // namespace signalbox
