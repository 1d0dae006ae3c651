// The names a message's `type` may have and who may send them: the one list to
// change when a type is added.

#pragma once

#include "schema/error.hpp"
#include "schema/validator.hpp"

#include <string_view>

namespace signalbox {

struct type_judgement {
  /// Meaningful only if `error` is `ec::none`.
  message_kind kind = message_kind::control;
  /// `none`, `reserved` (the server's own) or `unknown_type`.
  ec error = ec::none;
};

/// What a base client that sends `"type": name` means by it.
/// Hot path: runs once per inbound message.
type_judgement judge_type(std::string_view name) noexcept;

/// Whether only the server may send a `control` with this action.
bool is_reserved_action(std::string_view action) noexcept;

/// Whether `kind` is a session description: one that carries an `sdp`.
bool is_description(message_kind kind) noexcept;

} // namespace signalbox
