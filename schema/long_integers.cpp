#include "schema/long_integers.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

namespace signalbox {

namespace {

constexpr std::size_t digits_min = 19; // the least that can overflow 63 bits

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_number_byte(char c) noexcept {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e'
         || c == 'E';
}

/// The position after the string that starts at `text[i]`.
std::size_t string_end(std::string_view text, std::size_t i) noexcept {
  for (++i; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\')
      ++i;
  return std::min(i + 1, text.size());
}

bool fits_double(std::string_view digits) noexcept {
  double value = 0;
  auto end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc{} && stop == end;
}

bool is_long_integer(std::string_view number) noexcept {
  if (number.front() == '-')
    number.remove_prefix(1);
  return number.size() >= digits_min && number.front() != '0'
         && std::all_of(number.begin(), number.end(), is_digit)
         && fits_double(number);
}

} // namespace

bool shorten_long_integers(char* text, std::size_t size) noexcept {
  std::string_view view{text, size};
  auto found = false;
  for (std::size_t i = 0; i < size;) {
    if (view[i] == '"') {
      i = string_end(view, i);
      continue;
    }
    auto end = i;
    while (end < size && is_number_byte(view[end]))
      ++end;
    if (end == i) {
      ++i;
      continue;
    }
    // The whole run counts, so the digits of `0.123` or `1e123` are left alone.
    if (is_long_integer(view.substr(i, end - i))) {
      std::string_view short_form = view[i] == '-' ? "-1e30" : "1e30";
      std::memcpy(text + i, short_form.data(), short_form.size());
      // Spaces are harmless: two values with only space between them are as
      // wrong as two values with nothing between them.
      std::memset(text + i + short_form.size(), ' ',
                  end - i - short_form.size());
      found = true;
    }
    i = end;
  }
  return found;
}

} // namespace signalbox
