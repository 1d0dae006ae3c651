// Where a key lives in a Redis Cluster: its slot, which master has the slot,
// and what a redirection says. No I/O; nothing here throws on input.
// Source: Redis Cluster specification, https://redis.io/docs/reference/
// cluster-spec/ ("Key distribution model", "Redirection and resharding").

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

inline constexpr std::size_t cluster_slots = 16384;

/// CRC-16/XMODEM: polynomial 0x1021, starting with 0, nothing reflected.
std::uint16_t crc16(std::string_view bytes) noexcept;

/// The slot of `key`. If there is a `{`, and after it a `}`, and something
/// between the first `{` and the first `}` after it, then that alone counts.
std::uint16_t slot_of(std::string_view key) noexcept;

/// Which master has which slot. Not thread-safe.
class slot_map {
public:
  slot_map() { clear(); }

  /// Slots `first` to `last`, both included, are at `address` (`host:port`).
  /// False, and nothing is changed, if there are no such slots or `address` is
  /// empty.
  bool set(std::size_t first, std::size_t last, std::string_view address);

  /// The address of the master; nothing if it is not known, or `slot` is none.
  /// Valid until the next change.
  std::optional<std::string_view> of(std::size_t slot) const noexcept;

  /// The addresses with at least one slot, each once, in no order.
  std::vector<std::string> masters() const;

  /// Whether `address` has at least one slot.
  bool has_slots(std::string_view address) const noexcept;

  /// The smallest number that, written in decimal after `tag`, makes the tag of
  /// a key (see `slot_of`) whose slot is at `address`. Nothing if it has no
  /// slot: whatever the tag, numbers of six digits reach every slot.
  std::optional<std::uint32_t> number_for(std::string_view tag,
                                          std::string_view address) const;

  /// Whether each slot has a master.
  bool is_complete() const noexcept { return unknown_ == 0; }

  /// Forgets all.
  void clear() noexcept;

private:
  struct master {
    std::string address;
    std::size_t slots = 0;
  };

  std::uint16_t index_of(std::string_view address);
  std::vector<master>::const_iterator
  find(std::string_view address) const noexcept;

  /// Never more than there are slots: one without slots is used again.
  std::vector<master> masters_;
  /// Indexes of `masters_`.
  std::array<std::uint16_t, cluster_slots> owner_;
  std::size_t unknown_ = cluster_slots;
};

/// A cluster's answer that a command is to be sent to another server.
struct redirect {
  /// True: this command alone, after ASKING. False (MOVED): all about the slot,
  /// from now on.
  bool is_ask = false;
  std::uint16_t slot = 0;
  /// A name or a numeric address, IPv6 without brackets. Empty: the host that
  /// was asked, at another port.
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const redirect&, const redirect&) = default;
};

/// Reads `MOVED SLOT HOST:PORT` or `ASK SLOT HOST:PORT`, the text of an error
/// reply without its `-`. Nothing if it is anything else, or if the host is
/// `?`, as which a server names one whose endpoint it does not know.
std::optional<redirect> parse_redirect(std::string_view error);

} // namespace signalbox
