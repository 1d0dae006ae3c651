// The rules of the base dialect: which members a message of each type has and
// of what kind. Knows no parser; what it is given is strict JSON without
// repeated members. The same rules, for authors of clients, are in
// base-client.schema.json; a test holds the two equal.

#pragma once

#include "schema/message.hpp"
#include "schema/validator.hpp"

namespace signalbox {

/// `none`, `unknown_type`, `bad_member` or `reserved`.
verdict judge(const message& found) noexcept;

} // namespace signalbox
