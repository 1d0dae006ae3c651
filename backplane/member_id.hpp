// Ids of our members in Redis, beside which other servers put ids of their own
// (UUIDs, say): `sb:NODE:SHARD:NUMBER`. NODE, new at each start of a node, is
// 12 of [a-z2-7]; SHARD is decimal, at most 9 digits; NUMBER is the session's,
// in lower-case hexadecimal. Numbers have no leading zeros, so that an id has
// one spelling. All before NUMBER is the holder: who holds the lease that keeps
// its members' seats. scripts/members.lua reads the same syntax.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

inline constexpr std::size_t node_id_size = 12;

/// `sb:NODE:SHARD`.
/// REQUIRES: `node` is a node's id; shard < 10^9.
std::string make_holder(std::string_view node, std::size_t shard);

/// REQUIRES: `holder` comes from `make_holder`.
std::string make_member(std::string_view holder, std::uint64_t number);

/// The part of `member` that names its holder; nothing if `member` is not an id
/// of ours, whatever it begins with.
std::optional<std::string_view> holder_of(std::string_view member) noexcept;

/// REQUIRES: `holder` comes from `make_holder` or `holder_of`.
std::string_view node_of(std::string_view holder) noexcept;

/// The session's number; nothing if `member` is not an id of ours.
std::optional<std::uint64_t> number_of(std::string_view member) noexcept;

} // namespace signalbox
