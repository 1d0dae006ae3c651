#include "conf/render.hpp"

#include <algorithm>
#include <cstdio>

#include "conf/load.hpp"
#include "conf/value.hpp"

namespace signalbox {

namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t help_indent = 6;

/// Appends `text`, broken at blanks, each line behind `prefix`.
void append_wrapped(std::string& out, std::string_view text,
                    std::string_view prefix) {
  auto width = columns - prefix.size();
  while (!text.empty()) {
    auto line = text.substr(0, width + 1);
    if (text.size() > width) {
      auto blank = line.rfind(' ');
      if (blank == std::string_view::npos)
        blank = std::min(text.find(' '), text.size());
      line = text.substr(0, blank);
    }
    out.append(prefix).append(line).append("\n");
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < ' ' || code == 0x7f) {
      char buffer[7];
      std::snprintf(buffer, sizeof(buffer), "\\u%04x", unsigned{code});
      result += buffer;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_value(const option_entry& entry, std::string_view text) {
  switch (entry.kind) {
    case option_kind::integer:
    case option_kind::boolean:
      return std::string{text};
    case option_kind::text:
      return quoted(text);
    case option_kind::list:
      break;
  }
  std::string result = "[";
  for (const auto& one : split_list(text)) {
    if (result.size() > 1)
      result += ", ";
    result += quoted(one);
  }
  return result + ']';
}

/// `default: 3002` or `default: no second port`.
std::string default_text(const option_entry& entry) {
  auto value = default_of(entry);
  return value.empty() ? std::string{entry.when_unset} : value;
}

} // namespace

std::string render_help() {
  std::string out
    = "Signalbox " + std::string{version()}
      + ": a WebRTC signaling server.\n\n"
        "Usage: signalbox [FLAG VALUE]...\n"
        "       signalbox COMMAND [FLAG VALUE]...\n\n"
        "A flag wins over the environment, the environment over the file, the "
        "file\nover the default. An empty value counts as not given.\n\n"
        "Files and questions:\n"
        "  --config FILE\n"
        "      TOML file of settings; keys are names in lower case, such as\n"
        "      room_capacity.\n"
        "  --env-file FILE\n"
        "      .env file; the environment wins over it.\n"
        "  --check-config\n"
        "      Says whether all settings can be used, and stops.\n"
        "  --print-config\n"
        "      Shows what is in force and where it came from, and stops.\n"
        "  --version\n"
        "      Shows the version, and stops.\n"
        "  -h, --help\n"
        "      Shows this, and stops.\n\n"
        "Commands, which ask a running node; each has a --help of its own:\n"
        "  top, overview\n"
        "      What the node is doing: drawn again and again, or as JSON.\n"
        "  sessions [ID], rooms [ROOM], actors [ID]\n"
        "      Tables of them, or one of them in full.\n"
        "  kick ID, close ROOM, drain, log-level LEVEL\n"
        "      Ends a session, ends a room, sends all away, changes the log.\n";
  std::string_view group;
  for (const auto& entry : table()) {
    if (entry.group != group) {
      group = entry.group;
      out.append("\n").append(group).append(":\n");
    }
    out += "  " + flag_of(entry) + "  (" + std::string{entry.name} + ")\n";
    auto text = std::string{entry.help} + " Expected: " + entry.expected
                + ". Default: " + default_text(entry) + '.';
    if (!entry.alias.empty())
      text += " Also " + std::string{entry.alias} + '.';
    append_wrapped(out, text, std::string(help_indent, ' '));
  }
  return out;
}

std::string render_config(const options& settings,
                          const chosen_settings& chosen) {
  std::string out = "# Signalbox " + std::string{version()}
                    + ": the settings in force, and where each came from.\n";
  for (const auto& entry : table()) {
    auto value = entry.print(settings);
    auto found = chosen.find(entry.name);
    auto origin = found ? origin_of(*found) : std::string{"default"};
    if (value.empty()) {
      out += "# " + key_of(entry) + " is unset: "
             + std::string{entry.when_unset} + " # " + origin + '\n';
      continue;
    }
    auto visible = masked(entry, value);
    // TOML is UTF-8, its comments as well; no escape stands for a lone byte.
    if (!is_utf8(visible)) {
      out += "# " + key_of(entry) + " is not UTF-8, so no value of TOML: "
             + shown(visible) + " # " + origin + '\n';
      continue;
    }
    // Fed back, a masked value would be taken at its word.
    if (visible != value)
      out += "# ";
    out += key_of(entry) + " = " + toml_value(entry, visible) + " # " + origin
           + '\n';
  }
  return out;
}

std::string render_sample() {
  std::string out =
    "# Settings of Signalbox: signalbox --config signalbox.toml\n"
    "#\n"
    "# Every option at its default, commented out. Flags and the environment "
    "win\n"
    "# over this file: room_capacity is --room-capacity and ROOM_CAPACITY "
    "there.\n"
    "# An option without a default shows an example. This file is made from "
    "the\n"
    "# table in conf/table.cpp, and a test holds it to that.\n";
  std::string_view group;
  for (const auto& entry : table()) {
    if (entry.group != group) {
      group = entry.group;
      auto ruler = "# -- " + std::string{group} + ' ';
      out += '\n' + ruler + std::string(columns - ruler.size(), '-') + '\n';
    }
    out += '\n';
    append_wrapped(out, entry.help, "# ");
    append_wrapped(out, "Expected: " + entry.expected + '.', "# ");
    auto value = default_of(entry);
    if (value.empty())
      append_wrapped(out, "Default: " + std::string{entry.when_unset} + '.',
                     "# ");
    auto shown_value = value.empty() ? std::string{entry.example} : value;
    out += '#' + key_of(entry) + " = " + toml_value(entry, shown_value) + '\n';
  }
  return out;
}

std::string render_markdown() {
  std::string out = "| variable (alias) | default | meaning |\n|---|---|---|\n";
  std::string_view group;
  for (const auto& entry : table()) {
    if (entry.group != group) {
      group = entry.group;
      out.append("| **").append(group).append("** | | |\n");
    }
    out += "| `" + std::string{entry.name} + '`';
    if (!entry.alias.empty())
      out += " (`" + std::string{entry.alias} + "`)";
    auto value = default_of(entry);
    out += value.empty() ? " | " + std::string{entry.when_unset}
                         : " | `" + value + '`';
    out += " | " + std::string{entry.help} + " |\n";
  }
  return out;
}

} // namespace signalbox
