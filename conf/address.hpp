// IP addresses and ranges as values: what clients, proxies and limits are told
// apart by. No socket, no resolver, no allocation.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// An IPv4 or IPv6 address, held as 16 bytes in network order; IPv4 is held
/// IPv4-mapped (`::ffff:a.b.c.d`), so both spellings of it are equal.
class ip_address {
public:
  using bytes_type = std::array<std::uint8_t, 16>;

  constexpr ip_address() = default;
  explicit constexpr ip_address(const bytes_type& bytes) : bytes_(bytes) {}

  /// `octets` in network order, as in `in_addr::s_addr`'s memory.
  static ip_address from_v4(const std::array<std::uint8_t, 4>& octets) noexcept;

  /// Accepts `1.2.3.4`, `::1`, `[::1]`; no port, no zone, no space.
  static std::optional<ip_address> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;

  /// What limits count by: the address itself for IPv4, its /64 for IPv6.
  ip_address limit_key() const noexcept;

  const bytes_type& bytes() const noexcept { return bytes_; }

  /// RFC 5952 text; IPv4-mapped addresses as dotted quads.
  std::string to_string() const;

  friend bool operator==(const ip_address&, const ip_address&) = default;
  friend auto operator<=>(const ip_address&, const ip_address&) = default;

private:
  bytes_type bytes_{};
};

/// A range such as `10.0.0.0/8` or `fd00::/8`; a bare address is a range of
/// one.
struct cidr {
  ip_address network;
  /// In bits of the 128-bit form: an IPv4 `/8` is held as 104.
  std::uint8_t prefix_bits = 128;

  static std::optional<cidr> parse(std::string_view text) noexcept;
  bool contains(const ip_address& address) const noexcept;
  std::string to_string() const;

  friend bool operator==(const cidr&, const cidr&) = default;
};

} // namespace signalbox

template <>
struct std::hash<signalbox::ip_address> {
  std::size_t operator()(const signalbox::ip_address& x) const noexcept;
};
