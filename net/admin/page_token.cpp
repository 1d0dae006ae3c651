#include "net/admin/page_token.hpp"

#include "net/tokens/base64url.hpp"

namespace signalbox {

namespace {

// One byte for the order, two numbers of eight, and the name.
constexpr std::size_t number_bytes = 8;
constexpr std::size_t head_bytes = 1 + 2 * number_bytes;

void append(std::string& to, std::uint64_t number) {
  for (std::size_t i = number_bytes; i > 0; --i)
    to += static_cast<char>(number >> 8 * (i - 1) & 0xff);
}

std::uint64_t number_at(std::string_view bytes, std::size_t where) {
  std::uint64_t result = 0;
  for (char c : bytes.substr(where, number_bytes))
    result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

} // namespace

std::string page_token(const list_position& position, list_order order) {
  std::string bytes(1, static_cast<char>(order));
  append(bytes, position.rank);
  append(bytes, position.id);
  bytes += position.name;
  return to_base64url(bytes);
}

std::optional<list_position> read_page_token(std::string_view text,
                                             list_order order) {
  if (text.size() > page_token_bytes_max)
    return std::nullopt;
  const auto bytes = decode_base64url(text);
  if (!bytes || bytes->size() < head_bytes
      || (*bytes)[0] != static_cast<char>(order))
    return std::nullopt;
  return list_position{.rank = number_at(*bytes, 1),
                       .name = bytes->substr(head_bytes),
                       .id = number_at(*bytes, 1 + number_bytes)};
}

} // namespace signalbox
