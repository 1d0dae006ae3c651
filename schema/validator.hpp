// Judges one message of the base dialect: is it strict JSON (RFC 8259, RFC 7493
// where that is stricter), of a known type, with members of the right kind? The
// text itself is never changed: what is valid is forwarded byte for byte.
// Hot path: `check` runs once per inbound message and allocates nothing.

#pragma once

#include "schema/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace signalbox {

/// What a valid message is; the label of counters and of the flight recorder.
enum class message_kind : std::uint8_t {
  offer,
  answer,
  pranswer,
  rollback,
  candidate,
  control,
};

std::string_view name_of(message_kind kind) noexcept;

struct verdict {
  /// Meaningful only if `error` is `ec::none`.
  message_kind kind = message_kind::control;
  /// One of `none`, `bad_json`, `unknown_type`, `bad_member`, `too_large`,
  /// `reserved`.
  ec error = ec::none;
  /// What was wrong and what was expected: a literal, never the input.
  std::string_view explanation;

  bool is_valid() const noexcept { return error == ec::none; }
};

/// One per shard: owns the parser's buffers. Not thread-safe. Never throws on
/// input.
class validator {
public:
  /// `message_bytes_max` bounds the texts handed to `check`; buffers grow to
  /// the largest text seen, not to the bound.
  explicit validator(std::size_t message_bytes_max);
  ~validator();
  validator(const validator&) = delete;
  validator& operator=(const validator&) = delete;

  /// `text` may be any bytes; it is checked to be UTF-8 too.
  verdict check(std::string_view text) noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace signalbox
