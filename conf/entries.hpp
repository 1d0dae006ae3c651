// How the table's lines are made: one function per kind of value, each binding
// a field of `options` to its reader and printer. Only conf/table.cpp includes
// this; the order of arguments is that of a line of the table.

#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "conf/table.hpp"
#include "conf/value.hpp"

namespace signalbox::entries {

/// Every limit may be set so high that it never bites, and so low that it
/// always does.
inline constexpr std::uint64_t limit_min = 1;
inline constexpr std::uint64_t limit_max = 1'000'000'000'000;

template <class T>
std::uint64_t to_number(const T& value) {
  if constexpr (std::integral<T>)
    return value;
  else
    return static_cast<std::uint64_t>(value.count());
}

/// A field that holds 0 although 0 cannot be set has no value.
template <class T>
option_entry integer(std::string_view name, T options::*field,
                     std::uint64_t min, std::uint64_t max) {
  option_entry entry;
  entry.name = name;
  entry.kind = option_kind::integer;
  entry.min = min;
  entry.max = max;
  entry.expected = "a whole number from " + std::to_string(min) + " to "
                   + std::to_string(max);
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    auto number = read_integer(text);
    if (!number || *number < min || *number > max)
      return expected;
    settings.*field = T(*number);
    return std::string{};
  };
  entry.print = [=](const options& settings) {
    auto number = to_number(settings.*field);
    return number < min ? std::string{} : std::to_string(number);
  };
  return entry;
}

template <class T>
option_entry limit(std::string_view name, T options::*field) {
  return integer(name, field, limit_min, limit_max);
}

inline option_entry boolean(std::string_view name, bool options::*field) {
  option_entry entry;
  entry.name = name;
  entry.kind = option_kind::boolean;
  entry.expected = "true, false, 1, 0, yes, no, on or off";
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    auto value = read_boolean(text);
    if (!value)
      return expected;
    settings.*field = *value;
    return std::string{};
  };
  entry.print = [=](const options& settings) {
    return std::string{settings.*field ? "true" : "false"};
  };
  return entry;
}

/// Any text for which `is_valid` holds.
template <class Predicate>
option_entry text(std::string_view name, std::string options::*field,
                  std::string expected, Predicate is_valid) {
  option_entry entry;
  entry.name = name;
  entry.expected = std::move(expected);
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    if (!is_valid(text))
      return expected;
    settings.*field = text;
    return std::string{};
  };
  entry.print = [=](const options& settings) { return settings.*field; };
  return entry;
}

/// Any text but a NUL, at which the system's functions would cut it.
inline option_entry text(std::string_view name, std::string options::*field,
                         std::string expected = "text") {
  return text(name, field, std::move(expected), [](std::string_view value) {
    return value.find('\0') == std::string_view::npos;
  });
}

inline option_entry path(std::string_view name, std::string options::*field) {
  return text(name, field, "a path");
}

/// A word of a closed set; `read_word` and `name_of` are in conf/value.hpp.
template <class T, class Reader>
option_entry word(std::string_view name, T options::*field,
                  std::string expected, Reader read_word) {
  option_entry entry;
  entry.name = name;
  entry.expected = std::move(expected);
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    auto value = read_word(text);
    if (!value)
      return expected;
    settings.*field = *value;
    return std::string{};
  };
  entry.print = [=](const options& settings) {
    return std::string{name_of(settings.*field)};
  };
  return entry;
}

/// Entries between commas; `read_one` gives an optional, `print_one` text.
template <class T, class Reader, class Printer>
option_entry list(std::string_view name, std::vector<T> options::*field,
                  std::string expected, Reader read_one, Printer print_one) {
  option_entry entry;
  entry.name = name;
  entry.kind = option_kind::list;
  entry.expected = std::move(expected);
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    std::vector<T> values;
    for (const auto& one : split_list(text)) {
      auto value = read_one(one);
      if (!value)
        return expected + ", not " + shown(one);
      values.push_back(std::move(*value));
    }
    // `,` is not "none": an empty list of origins would let everybody in.
    if (values.empty())
      return expected + ", at least one";
    settings.*field = std::move(values);
    return std::string{};
  };
  entry.print = [=](const options& settings) {
    std::vector<std::string> texts;
    for (const auto& value : settings.*field)
      texts.push_back(print_one(value));
    return join_list(texts);
  };
  return entry;
}

/// Held as the shortest spelling, so that listeners need not read it again.
inline option_entry address(std::string_view name,
                            std::string options::*field) {
  option_entry entry;
  entry.name = name;
  entry.expected = "an IP address such as 0.0.0.0, 127.0.0.1 or ::";
  entry.read = [=, expected = entry.expected](std::string_view text,
                                              options& settings) {
    auto value = ip_address::parse(text);
    if (!value)
      return expected;
    settings.*field = value->to_string();
    return std::string{};
  };
  entry.print = [=](const options& settings) { return settings.*field; };
  return entry;
}

/// `scheme://something`, with one of `schemes`.
inline option_entry url(std::string_view name, std::string options::*field,
                        std::string_view schemes) {
  auto expected = "a URL with one of these schemes: " + std::string{schemes};
  return text(name, field, expected, [=](std::string_view value) {
    auto separator = value.find("://");
    if (separator == std::string_view::npos || separator + 3 == value.size())
      return false;
    auto is_plain = [](unsigned char c) { return c > ' ' && c != 0x7f; };
    if (!std::all_of(value.begin(), value.end(), is_plain))
      return false;
    auto known = split_list(schemes);
    return std::find(known.begin(), known.end(), value.substr(0, separator))
           != known.end();
  });
}

/// Where Redis is. Printed as read, so `?db=2` comes out as `/2`.
inline option_entry redis(std::string_view name,
                          std::optional<redis_url> options::*field) {
  option_entry entry;
  entry.name = name;
  entry.expected = redis_url_expected;
  entry.read = [=](std::string_view text, options& settings) {
    auto result = read_redis_url(text);
    if (result.value)
      settings.*field = std::move(result.value);
    return std::string{result.expected};
  };
  entry.print = [=](const options& settings) {
    return settings.*field ? to_string(*(settings.*field)) : std::string{};
  };
  return entry;
}

} // namespace signalbox::entries
