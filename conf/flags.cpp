#include "conf/flags.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <CLI/CLI.hpp>

#include "conf/value.hpp"

namespace signalbox {

namespace {

/// What stands before the first `=`.
std::string name_part(const std::string& argument) {
  return argument.substr(0, argument.find('='));
}

struct known_flags {
  std::set<std::string> all{"--config",       "--env-file",
                            "--help",         "-h",
                            "--print-config", "--version",
                            "--check-config"};
  std::set<std::string> with_value{"--config", "--env-file"};
  std::set<std::string> boolean;

  known_flags() {
    for (const auto& entry : table()) {
      all.insert(flag_of(entry));
      auto is_boolean = entry.kind == option_kind::boolean;
      (is_boolean ? boolean : with_value).insert(flag_of(entry));
    }
  }
};

/// CLI11 would take the next flag for the value of one that has none, and for
/// that of `--flag=` as well. So here every flag gets its value as an argument
/// of its own: an empty one after `=`, `true` for a boolean that stands alone.
/// Others without a value are taken out and complained about.
std::vector<std::string> normalized(const std::vector<std::string>& arguments,
                                    std::vector<std::string>& errors) {
  const known_flags known;
  std::vector<std::string> result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    auto name = name_part(argument);
    bool has_next = i + 1 < arguments.size()
                    && !known.all.contains(name_part(arguments[i + 1]));
    if (known.all.contains(name) && argument.size() == name.size() + 1) {
      result.push_back(name);
      result.emplace_back();
    } else if (known.boolean.contains(argument)) {
      result.push_back(argument);
      if (!has_next || arguments[i + 1].starts_with('-'))
        result.emplace_back("true");
    } else if (!known.with_value.contains(argument)) {
      result.push_back(argument);
    } else if (!has_next) {
      errors.push_back(argument + " (command line): expected a value after it");
    } else {
      result.push_back(argument);
      result.push_back(arguments[++i]);
    }
  }
  return result;
}

/// What no flag took. The word after an unknown flag is most likely its value,
/// perhaps a secret: neither it nor what follows a `=` is repeated.
void report_unknown(const std::vector<std::string>& rest,
                    std::vector<std::string>& errors) {
  bool is_after_flag = false;
  for (const auto& argument : rest) {
    bool is_flag = argument.size() > 1 && argument[0] == '-';
    if (is_flag)
      errors.push_back(shown(name_part(argument))
                       + " (command line): unknown flag");
    else if (!is_after_flag)
      errors.push_back(shown(argument)
                       + " (command line): unexpected argument");
    is_after_flag = is_flag && argument.find('=') == std::string::npos;
  }
}

} // namespace

flags_result parse_flags(const std::vector<std::string>& arguments) {
  flags_result result;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  auto help = app.add_flag("-h,--help");
  auto version = app.add_flag("--version");
  auto print_config = app.add_flag("--print-config");
  auto check_config = app.add_flag("--check-config");
  auto config = app.add_option("--config")->take_last();
  auto env_file = app.add_option("--env-file")->take_last();
  std::map<const option_entry*, CLI::Option*> option_of;
  for (const auto& entry : table())
    option_of[&entry] = app.add_option(flag_of(entry))->take_last();
  auto line = normalized(arguments, result.errors);
  std::reverse(line.begin(), line.end());
  try {
    app.parse(std::move(line));
  } catch (const CLI::Error& error) {
    result.errors.push_back(std::string{"command line: "} + error.what());
  }
  report_unknown(app.remaining(), result.errors);
  result.wants_help = help->count() > 0;
  result.wants_version = version->count() > 0;
  result.wants_print_config = print_config->count() > 0;
  result.wants_check_config = check_config->count() > 0;
  if (config->count() > 0)
    result.config_file = config->results().back();
  if (env_file->count() > 0)
    result.env_file = env_file->results().back();
  for (const auto& entry : table())
    if (auto option = option_of[&entry]; option->count() > 0)
      result.settings.push_back({&entry,
                                 setting_source::flag,
                                 flag_of(entry),
                                 {},
                                 option->results().back()});
  return result;
}

} // namespace signalbox
