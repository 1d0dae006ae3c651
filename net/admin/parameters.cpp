#include "net/admin/parameters.hpp"

#include "conf/percent.hpp"
#include "conf/value.hpp"
#include "net/admin/json_answer.hpp"
#include "net/tokens/strict_json.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace signalbox {

namespace {

std::optional<std::string> form_decoded(std::string_view text) {
  std::string with_spaces{text};
  std::replace(with_spaces.begin(), with_spaces.end(), '+', ' ');
  return percent_decoded(with_spaces);
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

/// Takes what stands before the first `end` off `rest`, and that.
std::string_view take_until(char end, std::string_view& rest) {
  const auto i = std::find(rest.begin(), rest.end(), end);
  const auto size = static_cast<std::size_t>(i - rest.begin());
  const auto taken = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return taken;
}

template <class Words>
std::string listed(const Words& words) {
  std::string result;
  for (const auto& x : words) {
    if (!result.empty())
      result += ", ";
    result += x;
  }
  return result;
}

} // namespace

parameters::parameters(std::string_view query, std::string_view body) {
  read_query(query);
  if (!body.empty())
    read_body(body);
}

void parameters::read_query(std::string_view query) {
  while (!query.empty()) {
    auto value_text = take_until('&', query);
    if (value_text.empty())
      continue;
    const auto name_text = take_until('=', value_text);
    auto name = form_decoded(name_text);
    auto value = form_decoded(value_text);
    if (!name || !value)
      complain(name_text, "two hexadecimal digits behind each percent sign");
    else
      add(std::move(*name), std::move(*value));
  }
}

void parameters::read_body(std::string_view body) {
  const auto object = read_strict_json(body);
  if (!object || !object->is_object())
    return complain("body", "one JSON object");
  for (const auto& [name, value] : object->items()) {
    if (const auto* text = value.get_ptr<const std::string*>())
      add(name, *text);
    else
      complain(name, "a string");
  }
}

void parameters::add(std::string name, std::string value) {
  if (find(name))
    complain(name, "to be given once");
  else if (all_.size() == parameters_max)
    complain("parameters", "no more than " + std::to_string(parameters_max));
  else
    all_.emplace_back(std::move(name), std::move(value));
}

void parameters::complain(std::string_view name, std::string_view expected) {
  if (!complaint_)
    complaint_ =
      json_error(400, shown(name) + ": expected " + std::string{expected});
}

void parameters::allow(std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : all_)
    if (std::find(names.begin(), names.end(), name) == names.end())
      complain(name, names.size() == 0
                       ? "no such parameter"
                       : "no such parameter, but some of: " + listed(names));
}

const std::string* parameters::find(std::string_view name) const {
  const auto i = std::find_if(all_.begin(), all_.end(),
                              [&](const auto& x) { return x.first == name; });
  return i == all_.end() ? nullptr : &i->second;
}

std::uint64_t parameters::integer(std::string_view name, std::uint64_t least,
                                  std::uint64_t most, std::uint64_t otherwise) {
  const auto* text = find(name);
  if (!text)
    return otherwise;
  const auto value = read_integer(*text);
  if (value && *value >= least && *value <= most)
    return *value;
  complain(name, "an integer from " + std::to_string(least) + " to "
                   + std::to_string(most));
  return otherwise;
}

std::size_t parameters::word(std::string_view name,
                             std::span<const std::string_view> words,
                             std::size_t otherwise) {
  const auto* text = find(name);
  if (!text)
    return otherwise;
  const auto i = std::find(words.begin(), words.end(), *text);
  if (i != words.end())
    return static_cast<std::size_t>(i - words.begin());
  complain(name, "one of: " + listed(words));
  return otherwise;
}

std::string parameters::text(std::string_view name,
                             std::size_t characters_max) {
  const auto* text = find(name);
  if (!text)
    return {};
  if (is_utf8(*text) && characters_of(*text) <= characters_max)
    return *text;
  complain(name, "at most " + std::to_string(characters_max)
                   + " characters in UTF-8");
  return {};
}

} // namespace signalbox
