#include "conf/log_line.hpp"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "conf/value.hpp"

namespace signalbox::log {

namespace {

std::string quoted(std::string_view text, bool is_ascii_only) {
  return nlohmann::json(text).dump(-1, ' ', is_ascii_only,
                                   nlohmann::json::error_handler_t::replace);
}

std::string in_json(std::string_view text) {
  return quoted(text, false);
}

/// As it is if every byte is visible ASCII, or a blank where those may stand.
std::string in_text(std::string_view text, bool may_hold_blanks) {
  auto is_plain = [&](char c) {
    return (c > ' ' && c < 0x7f && (may_hold_blanks || (c != '"' && c != '=')))
           || (c == ' ' && may_hold_blanks);
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain))
    return std::string{text};
  return quoted(text, true);
}

void append_member(std::string& out, std::string_view key,
                   std::string_view value) {
  out += ',' + in_json(key) + ':' + in_json(value);
}

} // namespace

std::string utc_text(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  auto in_ms = floor<milliseconds>(time);
  auto day = floor<days>(in_ms);
  year_month_day date{day};
  hh_mm_ss clock{in_ms - day};
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return buffer;
}

std::string to_json(const line& x) {
  std::string out = "{\"level\":" + in_json(name_of(x.level));
  append_member(out, "time", utc_text(x.time));
  append_member(out, "message", x.message);
  append_member(out, "node", x.node);
  append_member(out, "folder", x.folder);
  for (const auto& value : x.values) {
    if (value.is_number)
      out += ',' + in_json(value.key) + ':' + std::to_string(value.number);
    else
      append_member(out, value.key, value.text);
  }
  return out + '}';
}

std::string to_text(const line& x) {
  auto level = std::string{name_of(x.level)};
  std::transform(level.begin(), level.end(), level.begin(),
                 [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  level.resize(5, ' ');
  auto out = utc_text(x.time) + ' ' + level + ' ' + in_text(x.folder, false)
             + ": " + in_text(x.message, true);
  for (const auto& value : x.values)
    out += ' ' + in_text(value.key, false) + '='
           + (value.is_number ? std::to_string(value.number)
                              : in_text(value.text, false));
  return out;
}

} // namespace signalbox::log
