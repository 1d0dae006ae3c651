// Any bytes as a .env file, as a TOML file, as flags and as the text of single
// values.

#include "conf/checks.hpp"
#include "conf/env_file.hpp"
#include "conf/flags.hpp"
#include "conf/render.hpp"
#include "conf/settings.hpp"
#include "conf/toml_file.hpp"
#include "conf/value.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

/// What the settings make of fresh options; nothing if one cannot be read.
std::optional<options> applied(const chosen_settings& chosen) {
  options result;
  std::vector<std::string> errors;
  chosen.apply(result, errors);
  for (const auto& x : errors)
    hold(x.find('\n') == std::string::npos, "a complaint is one line");
  contradictions(result, chosen);
  advice(result, chosen);
  if (errors.empty())
    return result;
  return std::nullopt;
}

chosen_settings chosen_from(const std::vector<setting>& settings) {
  chosen_settings result;
  for (const auto& x : settings)
    result.choose(x);
  return result;
}

/// What --print-config shows is read back as what it was.
void hold_print_config(const options& settings, const chosen_settings& chosen) {
  const auto text = render_config(settings, chosen);
  const auto file = parse_toml_file(text, "again");
  hold(file.errors.empty(), "--config takes what --print-config shows");
  const auto again = applied(chosen_from(file.settings));
  hold(again.has_value(), "what is in force can be read");
  for (const auto& entry : table()) {
    const auto value = entry.print(settings);
    if (masked(entry, value) != value || !is_utf8(value))
      continue; // Shown as a comment only.
    hold(entry.print(*again) == value, "a value shown is the value in force");
  }
}

void read_toml(std::string_view text) {
  const auto file = parse_toml_file(text, "signalbox.toml");
  for (const auto& x : file.errors) {
    hold(printable(x) == x, "a complaint is one line of ASCII");
    // One without means that toml++ met what it takes for impossible.
    hold(x.find("signalbox.toml:") != std::string::npos,
         "a complaint about a file names the line");
  }
  if (file.settings.empty())
    return; // The defaults' round trip is slow, and once is enough.
  const auto chosen = chosen_from(file.settings);
  if (const auto settings = applied(chosen))
    hold_print_config(*settings, chosen);
}

void read_env_file(std::string_view text) {
  const auto lines =
    1
    + static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }));
  chosen_settings chosen;
  std::size_t line = 1;
  auto is_default = true;
  for (const auto& x : parse_env_file(text)) {
    hold(!x.name.empty(), "a variable has a name");
    hold(x.line >= line && x.line <= lines, "lines are counted in order");
    line = x.line;
    const auto* entry = find_entry(x.name);
    if (entry == nullptr)
      continue;
    is_default = false;
    chosen.choose({entry, setting_source::env_file, x.name, ".env:1", x.value});
  }
  if (is_default)
    return;
  if (const auto settings = applied(chosen))
    hold_print_config(*settings, chosen);
}

void read_flags(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty())
    arguments.emplace_back(fuzz::take_until(text, '\n'));
  const auto flags = parse_flags(arguments);
  applied(chosen_from(flags.settings));
}

void read_value(std::string_view text) {
  if (const auto number = read_integer(text))
    hold(std::to_string(*number) == text, "a number has one spelling");
  const auto entries = split_list(text);
  hold(split_list(join_list(entries)) == entries, "a list joins and splits");
  const auto printable = shown(text);
  hold(std::all_of(printable.begin(), printable.end(),
                   [](char c) { return c >= ' ' && c < 0x7f; }),
       "what is shown is printable");
  mask_url(text);
  if (const auto level = read_log_level(text))
    hold(read_log_level(name_of(*level)) == level, "a level has a name");
  if (const auto value = read_environment(text))
    hold(name_of(*value) == text, "an environment has one spelling");
  read_boolean(text);
  const auto algorithm = read_signature_algorithm(text);
  hold(!algorithm || name_of(*algorithm) == text,
       "an algorithm has one spelling");
  hold(!is_subprotocol(text) || is_header_word(text),
       "a subprotocol can stand in a header");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  // Flags alone: setting up CLI11 takes a hundred times as long as the rest.
  if (text.starts_with('-')) {
    read_flags(text);
    return 0;
  }
  read_toml(text);
  read_env_file(text);
  read_value(text);
  return 0;
}
