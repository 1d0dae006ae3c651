#include "backplane/cluster_slots.hpp"

#include <algorithm>
#include <charconv>

namespace signalbox {

namespace {

constexpr std::uint16_t no_master = 0xFFFF;
static_assert(cluster_slots < no_master);

// The checksum is linear: a tag in front only permutes the slots that the
// numbers of one length reach, and those of six digits reach all.
constexpr std::uint32_t number_max = 999'999;

/// What each byte adds to the checksum.
constexpr auto crc16_table = [] {
  std::array<std::uint16_t, 256> result{};
  for (unsigned byte = 0; byte < result.size(); ++byte) {
    auto sum = byte << 8;
    for (int bit = 0; bit < 8; ++bit)
      sum = (sum << 1) ^ ((sum & 0x8000) != 0 ? 0x1021u : 0u);
    result[byte] = static_cast<std::uint16_t>(sum);
  }
  return result;
}();

/// The checksum of what gave `sum` and, behind it, `bytes`.
std::uint16_t crc16_on(unsigned sum, std::string_view bytes) noexcept {
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    sum = (sum << 8 & 0xFFFF) ^ crc16_table[(sum >> 8) ^ byte];
  }
  return static_cast<std::uint16_t>(sum);
}

/// A decimal number without sign and leading zeros; nothing if it is more than
/// `most`.
std::optional<std::uint16_t> read_decimal(std::string_view text,
                                          std::size_t most) noexcept {
  // from_chars takes a sign, and would take leading zeros.
  if (text.empty() || text[0] < '0' || text[0] > '9'
      || (text[0] == '0' && text.size() > 1))
    return std::nullopt;
  std::uint16_t result = 0;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || at != end || result > most)
    return std::nullopt;
  return result;
}

/// Names, IPv4, IPv6 with a zone.
bool is_host(std::string_view text) noexcept {
  constexpr std::size_t host_bytes_max = 255;
  return text.size() <= host_bytes_max
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '.' || c == '-'
                     || c == '_' || c == ':' || c == '%';
            });
}

bool skip(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

} // namespace

std::uint16_t crc16(std::string_view bytes) noexcept {
  return crc16_on(0, bytes);
}

std::uint16_t slot_of(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close != open + 1)
      key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % cluster_slots;
}

bool slot_map::set(std::size_t first, std::size_t last,
                   std::string_view address) {
  if (first > last || last >= cluster_slots || address.empty())
    return false;
  const auto index = index_of(address);
  for (auto slot = first; slot <= last; ++slot) {
    auto& owner = owner_[slot];
    if (owner == no_master)
      --unknown_;
    else
      --masters_[owner].slots;
    owner = index;
  }
  masters_[index].slots += last - first + 1;
  return true;
}

std::uint16_t slot_map::index_of(std::string_view address) {
  if (const auto known = find(address); known != masters_.end())
    return static_cast<std::uint16_t>(known - masters_.begin());
  auto found = std::find_if(masters_.begin(), masters_.end(),
                            [](const master& x) { return x.slots == 0; });
  if (found == masters_.end())
    found = masters_.insert(found, master{});
  found->address = address;
  return static_cast<std::uint16_t>(found - masters_.begin());
}

std::vector<slot_map::master>::const_iterator
slot_map::find(std::string_view address) const noexcept {
  return std::find_if(masters_.begin(), masters_.end(),
                      [address](const master& x) {
                        return x.address == address;
                      });
}

std::optional<std::string_view> slot_map::of(std::size_t slot) const noexcept {
  if (slot >= cluster_slots || owner_[slot] == no_master)
    return std::nullopt;
  return masters_[owner_[slot]].address;
}

bool slot_map::has_slots(std::string_view address) const noexcept {
  const auto found = find(address);
  return found != masters_.end() && found->slots > 0;
}

std::optional<std::uint32_t>
slot_map::number_for(std::string_view tag, std::string_view address) const {
  if (!has_slots(address))
    return std::nullopt;
  const auto index = find(address) - masters_.begin();
  const auto of_tag = crc16(tag);
  for (std::uint32_t i = 0; i <= number_max; ++i)
    if (owner_[crc16_on(of_tag, std::to_string(i)) % cluster_slots] == index)
      return i;
  return std::nullopt;
}

std::vector<std::string> slot_map::masters() const {
  std::vector<std::string> result;
  for (const auto& x : masters_)
    if (x.slots > 0)
      result.push_back(x.address);
  return result;
}

void slot_map::clear() noexcept {
  masters_.clear();
  owner_.fill(no_master);
  unknown_ = cluster_slots;
}

std::optional<redirect> parse_redirect(std::string_view error) {
  redirect result;
  result.is_ask = skip(error, "ASK ");
  if (!result.is_ask && !skip(error, "MOVED "))
    return std::nullopt;
  const auto space = error.find(' ');
  const auto colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos
      || colon < space)
    return std::nullopt;
  const auto slot = read_decimal(error.substr(0, space), cluster_slots - 1);
  const auto host = error.substr(space + 1, colon - space - 1);
  const auto port = read_decimal(error.substr(colon + 1), 65535);
  if (!slot || !port || *port == 0 || !is_host(host))
    return std::nullopt;
  result.slot = *slot;
  result.host = host;
  result.port = *port;
  return result;
}

} // namespace signalbox
