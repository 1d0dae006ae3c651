// The one translation unit that holds toml++.

#include "conf/toml_file.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

namespace signalbox {

/// Thrown where toml++ would abort, or with NDEBUG read on in a state that it
/// takes for impossible.
struct toml_assertion {};

namespace {

// A function, since GCC warns of a throw that it sees in a noexcept one. In
// those few toml++ asserts what no text can change.
[[noreturn]] void fail_toml_assertion() {
  throw toml_assertion{};
}

} // namespace

} // namespace signalbox

// In every build: toml++ switches its assertions off where this is set.
#undef NDEBUG
#define TOML_ASSERT(expr)                                                      \
  (static_cast<bool>(expr) ? void() : ::signalbox::fail_toml_assertion())
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "conf/toml_scan.hpp"
#include "conf/value.hpp"

namespace signalbox {

namespace {

const option_entry* find_key(std::string_view key) {
  const auto& lines = table();
  auto it = std::find_if(lines.begin(), lines.end(), [&](const auto& entry) {
    return key_of(entry) == key;
  });
  return it == lines.end() ? nullptr : &*it;
}

/// Any node as text, for a message about it.
std::string text_of(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  auto text = out.str();
  // toml++ prints tables and arrays over several lines.
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::optional<std::string> entries_of(const toml::array& array) {
  std::vector<std::string> entries;
  for (const auto& node : array) {
    auto text = node.value_exact<std::string>();
    if (!text)
      return std::nullopt;
    entries.push_back(*text);
  }
  return join_list(entries);
}

/// The value as the table's readers take it; nothing if the type cannot serve
/// the option: a string always does, others only where nothing is lost.
std::optional<std::string> value_for(const option_entry& entry,
                                     const toml::node& node) {
  if (auto text = node.value_exact<std::string>())
    return text;
  auto number = node.value_exact<std::int64_t>();
  auto truth = node.value_exact<bool>();
  switch (entry.kind) {
    case option_kind::integer:
      if (number)
        return std::to_string(*number);
      break;
    case option_kind::boolean:
      if (truth)
        return *truth ? "true" : "false";
      if (number)
        return std::to_string(*number);
      break;
    case option_kind::list:
      if (auto array = node.as_array())
        return entries_of(*array);
      break;
    case option_kind::text:
      break;
  }
  return std::nullopt;
}

std::string place_of(std::string_view path, const toml::source_region& at) {
  return place_in(path, at.begin.line);
}

/// Nothing if toml++ met what it takes for impossible. The scan before it
/// refuses all such texts we know of, and can name the line.
std::optional<toml::parse_result> parsed_toml(std::string_view content) {
  try {
    return toml::parse(content);
  } catch (const toml_assertion&) {
    return std::nullopt;
  }
}

} // namespace

toml_result parse_toml_file(std::string_view content, std::string_view path) {
  toml_result result;
  if (auto refused = refusal_of_toml(content)) {
    result.errors.push_back(place_in(path, refused->line) + ": expected "
                            + refused->expected);
    return result;
  }
  auto parsed = parsed_toml(content);
  if (!parsed) {
    result.errors.push_back(shown(path) + ": expected TOML 1.0");
    return result;
  }
  if (!*parsed) {
    const auto& error = parsed->error();
    result.errors.push_back(place_of(path, error.source()) + ": "
                            + printable(error.description()));
    return result;
  }
  for (const auto& [key, node] : parsed->table()) {
    auto place = place_of(path, key.source());
    auto entry = find_key(key.str());
    if (!entry) {
      result.errors.push_back(shown(key.str()) + " (" + place
                              + "): unknown key");
      continue;
    }
    setting found{
      entry, setting_source::file, std::string{key.str()}, place, {}};
    if (auto text = value_for(*entry, node)) {
      found.text = std::move(*text);
      result.settings.push_back(std::move(found));
      continue;
    }
    found.text = text_of(node);
    auto expected = entry->kind == option_kind::text
                      ? "a string: " + entry->expected
                      : entry->expected;
    result.errors.push_back(complaint(found, expected));
  }
  return result;
}

} // namespace signalbox
