#include "conf/settings.hpp"

#include <utility>

#include "conf/value.hpp"

namespace signalbox {

std::string describe(const setting& x) {
  auto text = masked(*x.entry, x.text);
  auto value = x.entry->is_secret ? text : shown(text);
  switch (x.source) {
    case setting_source::flag:
      return x.written + '=' + value + " (command line)";
    case setting_source::environment:
      return x.written + '=' + value + " (environment)";
    case setting_source::env_file:
      return x.written + '=' + value + " (" + x.place + ')';
    case setting_source::file:
      return x.written + " = " + value + " (" + x.place + ')';
  }
  return x.written;
}

std::string origin_of(const setting& x) {
  switch (x.source) {
    case setting_source::flag:
      return "flag " + x.written;
    case setting_source::environment:
      return "environment " + x.written;
    case setting_source::env_file:
      return "env file " + x.place + ' ' + x.written;
    case setting_source::file:
      return "file " + x.place;
  }
  return x.written;
}

std::string complaint(const setting& x, std::string_view expected) {
  return describe(x) + ": expected " + std::string{expected};
}

void chosen_settings::choose(setting x) {
  if (x.text.empty())
    return;
  auto it = by_name_.find(x.entry->name);
  if (it == by_name_.end())
    by_name_.emplace(x.entry->name, std::move(x));
  else if (it->second.source <= x.source)
    it->second = std::move(x);
}

const setting* chosen_settings::find(std::string_view name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &it->second;
}

void chosen_settings::apply(options& result,
                            std::vector<std::string>& errors) const {
  for (const auto& entry : table()) {
    auto chosen = find(entry.name);
    if (!chosen)
      continue;
    auto expected = entry.read(chosen->text, result);
    if (!expected.empty())
      errors.push_back(complaint(*chosen, expected));
  }
}

} // namespace signalbox
