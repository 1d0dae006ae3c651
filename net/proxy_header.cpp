#include "net/proxy_header.hpp"

#include "conf/value.hpp"

#include <algorithm>
#include <array>

namespace signalbox {

namespace {

using outcome = proxy_reading::outcome;

constexpr proxy_reading incomplete{outcome::incomplete, {}};
constexpr proxy_reading invalid{outcome::invalid, {}};

bool is_beginning_of(std::string_view input, std::string_view whole) noexcept {
  return whole.starts_with(input.substr(0, whole.size()));
}

// -- version 1: a line of text ------------------------------------------------

constexpr std::string_view v1_start{"PROXY "};

/// With its line end (§2.1).
constexpr std::size_t v1_bytes_max = 107;

/// Takes what stands before the first space off `rest`; all if there is none.
std::string_view take_word(std::string_view& rest) noexcept {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

/// Of the family that the header names, and without brackets.
std::optional<ip_address> read_address(std::string_view text,
                                       bool is_v6) noexcept {
  const auto has_colon = text.find(':') != std::string_view::npos;
  if (has_colon != is_v6 || text.starts_with('['))
    return std::nullopt;
  return ip_address::parse(text);
}

proxy_reading read_v1_line(std::string_view line, std::size_t size) noexcept {
  line.remove_prefix(v1_start.size());
  // Each word but the last has a space behind it, and the last has none.
  if (line.ends_with(' ') && !line.starts_with("UNKNOWN "))
    return invalid;
  const auto family = take_word(line);
  proxy_header header{.size = size, .source = {}};
  // Whatever else the line says is to be ignored.
  if (family == "UNKNOWN")
    return {outcome::found, header};
  if (family != "TCP4" && family != "TCP6")
    return invalid;
  const auto is_v6 = family == "TCP6";
  header.source = read_address(take_word(line), is_v6);
  const auto destination = read_address(take_word(line), is_v6);
  const auto source_port = take_word(line);
  const auto destination_port = take_word(line);
  if (!header.source || !destination || !is_port(source_port)
      || !is_port(destination_port) || !line.empty())
    return invalid;
  return {outcome::found, header};
}

proxy_reading read_v1(std::string_view input) noexcept {
  constexpr std::string_view line_end{"\r\n"};
  const auto start = input.substr(0, v1_bytes_max);
  const auto end = std::min(start.find_first_of(line_end), start.size());
  const auto found = start.substr(end, line_end.size());
  if (found == line_end)
    return read_v1_line(start.substr(0, end), end + line_end.size());
  return line_end.starts_with(found) && start.size() < v1_bytes_max ? incomplete
                                                                    : invalid;
}

// -- version 2: binary --------------------------------------------------------

constexpr std::string_view v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};

/// Signature, version and command, family and transport, length.
constexpr std::size_t v2_fixed_bytes = 16;

constexpr std::uint8_t command_local = 0;
constexpr std::uint8_t command_proxy = 1;
constexpr std::uint8_t transport_stream = 1;
constexpr std::uint8_t transport_last = 2;

enum address_family : std::uint8_t { unspecified, inet, inet6, local_socket };

/// Both ends' addresses, and their ports if they have any, by family.
constexpr std::array<std::size_t, 4> address_bytes{0, 12, 36, 216};

constexpr std::uint8_t type_crc32c = 0x03;
constexpr std::uint8_t type_ssl = 0x20;
constexpr std::uint8_t client_ssl = 0x01;
constexpr std::size_t crc_bytes = 4;
/// What the client did, and whether its certificate is good.
constexpr std::size_t ssl_fixed_bytes = 5;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint32_t number_at(std::string_view bytes, std::size_t i,
                        std::size_t size) noexcept {
  std::uint32_t result = 0;
  for (const auto end = i + size; i < end; ++i)
    result = result << 8 | byte_at(bytes, i);
  return result;
}

template <std::size_t Size>
std::array<std::uint8_t, Size>
octets_at(std::string_view bytes, std::size_t i) noexcept {
  std::array<std::uint8_t, Size> result;
  for (auto& x : result)
    x = byte_at(bytes, i++);
  return result;
}

/// One type, its length, and a value.
struct type_length_value {
  std::uint8_t type = 0;
  std::string_view value;
};

/// Takes the first one off `rest`; none if it is cut.
std::optional<type_length_value> take_one(std::string_view& rest) noexcept {
  constexpr std::size_t head_bytes = 3;
  if (rest.size() < head_bytes)
    return std::nullopt;
  const auto length = number_at(rest, 1, 2);
  if (rest.size() - head_bytes < length)
    return std::nullopt;
  const type_length_value result{byte_at(rest, 0),
                                 rest.substr(head_bytes, length)};
  rest.remove_prefix(head_bytes + length);
  return result;
}

/// RFC 3720 §B.4, with the four bytes at `crc` taken as zero. Bit by bit: once
/// a connection, over a few hundred bytes.
std::uint32_t crc32c(std::string_view bytes, std::string_view crc) noexcept {
  constexpr std::uint32_t polynomial = 0x82f63b78;
  auto result = ~std::uint32_t{0};
  for (const auto& c : bytes) {
    const auto is_crc = &c >= crc.data() && &c < crc.data() + crc.size();
    result ^= is_crc ? 0 : static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i)
      result = (result >> 1) ^ ((result & 1) != 0 ? polynomial : 0);
  }
  return ~result;
}

/// Whether `value` says that the client spoke TLS; none if it is malformed.
std::optional<bool> read_ssl(std::string_view value) noexcept {
  if (value.size() < ssl_fixed_bytes)
    return std::nullopt;
  for (auto rest = value.substr(ssl_fixed_bytes); !rest.empty();)
    if (!take_one(rest))
      return std::nullopt;
  return (byte_at(value, 0) & client_ssl) != 0;
}

/// What follows the addresses. `whole` is all of the header. False if it is
/// malformed, or its checksum is not right.
bool read_extras(std::string_view extras, std::string_view whole,
                 proxy_header& header) noexcept {
  std::string_view crc;
  while (!extras.empty()) {
    const auto one = take_one(extras);
    if (!one)
      return false;
    if (one->type == type_crc32c) {
      if (one->value.size() != crc_bytes || !crc.empty())
        return false;
      crc = one->value;
    } else if (one->type == type_ssl) {
      const auto is_tls = read_ssl(one->value);
      if (!is_tls)
        return false;
      header.is_tls = header.is_tls || *is_tls;
    }
  }
  return crc.empty() || number_at(crc, 0, crc_bytes) == crc32c(whole, crc);
}

/// What the fixed part says.
struct v2_fixed {
  std::uint8_t version = 0;
  std::uint8_t command = 0;
  std::size_t family = 0;
  std::uint8_t transport = 0;
  /// Of what follows.
  std::size_t length = 0;

  /// What a proxy says of itself counts for nothing, well formed or not.
  bool is_ignored() const noexcept {
    return command == command_local || family == unspecified;
  }

  bool is_valid() const noexcept {
    if (version != 2 || v2_fixed_bytes + length > proxy_header_bytes_max)
      return false;
    if (command == command_local)
      return true;
    return command == command_proxy && transport <= transport_last
           && family < address_bytes.size() && length >= address_bytes[family];
  }
};

v2_fixed read_fixed(std::string_view input) noexcept {
  const auto command = byte_at(input, 12);
  const auto family = byte_at(input, 13);
  return {.version = static_cast<std::uint8_t>(command >> 4),
          .command = static_cast<std::uint8_t>(command & 0x0f),
          .family = std::size_t{family} >> 4,
          .transport = static_cast<std::uint8_t>(family & 0x0f),
          .length = number_at(input, 14, 2)};
}

proxy_reading read_v2(std::string_view input) noexcept {
  if (input.size() < v2_fixed_bytes)
    return incomplete;
  const auto fixed = read_fixed(input);
  if (!fixed.is_valid())
    return invalid;
  proxy_header header{.size = v2_fixed_bytes + fixed.length, .source = {}};
  if (input.size() < header.size)
    return incomplete;
  if (fixed.is_ignored())
    return {outcome::found, header};
  const auto whole = input.substr(0, header.size);
  const auto extras =
    whole.substr(v2_fixed_bytes + address_bytes[fixed.family]);
  if (!read_extras(extras, whole, header))
    return invalid;
  if (fixed.transport == transport_stream && fixed.family == inet)
    header.source = ip_address::from_v4(octets_at<4>(whole, v2_fixed_bytes));
  if (fixed.transport == transport_stream && fixed.family == inet6)
    header.source = ip_address{octets_at<16>(whole, v2_fixed_bytes)};
  return {outcome::found, header};
}

} // namespace

proxy_reading read_proxy_header(std::string_view input) noexcept {
  if (input.starts_with(v1_start))
    return read_v1(input);
  if (input.starts_with(v2_signature))
    return read_v2(input);
  return is_beginning_of(input, v1_start)
             || is_beginning_of(input, v2_signature)
           ? incomplete
           : invalid;
}

} // namespace signalbox
