#include "backplane/member_id.hpp"

#include <algorithm>
#include <charconv>

namespace signalbox {

namespace {

constexpr std::string_view prefix = "sb:";
constexpr auto holder_head_size = prefix.size() + node_id_size;
constexpr std::size_t shard_digits_max = 9;
constexpr std::size_t number_digits_max = 16;

constexpr bool is_node_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

constexpr bool is_decimal(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_hexadecimal(char c) noexcept {
  return is_decimal(c) || (c >= 'a' && c <= 'f');
}

template <class IsDigit>
bool is_number(std::string_view text, std::size_t digits_max,
               IsDigit is_digit) noexcept {
  return !text.empty() && text.size() <= digits_max
         && (text[0] != '0' || text.size() == 1)
         && std::all_of(text.begin(), text.end(), is_digit);
}

} // namespace

std::string make_holder(std::string_view node, std::size_t shard) {
  std::string result{prefix};
  result.append(node).append(":").append(std::to_string(shard));
  return result;
}

std::string make_member(std::string_view holder, std::uint64_t number) {
  char digits[number_digits_max];
  const auto end =
    std::to_chars(digits, digits + number_digits_max, number, 16).ptr;
  std::string result;
  result.reserve(holder.size() + 1 + number_digits_max);
  result.append(holder).append(":").append(digits, end);
  return result;
}

std::optional<std::string_view> holder_of(std::string_view member) noexcept {
  if (member.size() <= holder_head_size || !member.starts_with(prefix)
      || member[holder_head_size] != ':')
    return std::nullopt;
  const auto node = member.substr(prefix.size(), node_id_size);
  const auto rest = member.substr(holder_head_size + 1);
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos
      || !std::all_of(node.begin(), node.end(), is_node_byte)
      || !is_number(rest.substr(0, colon), shard_digits_max, is_decimal)
      || !is_number(rest.substr(colon + 1), number_digits_max, is_hexadecimal))
    return std::nullopt;
  return member.substr(0, holder_head_size + 1 + colon);
}

std::string_view node_of(std::string_view holder) noexcept {
  return holder.substr(std::min(prefix.size(), holder.size()), node_id_size);
}

std::optional<std::uint64_t> number_of(std::string_view member) noexcept {
  const auto holder = holder_of(member);
  if (!holder)
    return std::nullopt;
  const auto digits = member.substr(holder->size() + 1);
  std::uint64_t result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result, 16);
  return result;
}

} // namespace signalbox
