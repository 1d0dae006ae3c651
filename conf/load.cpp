#include "conf/load.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "conf/checks.hpp"
#include "conf/env_file.hpp"
#include "conf/flags.hpp"
#include "conf/render.hpp"
#include "conf/settings.hpp"
#include "conf/toml_file.hpp"
#include "conf/value.hpp"

namespace signalbox {

namespace {

using lines = std::vector<std::string>;

/// Many times what all options take; readers are built for no more.
constexpr std::size_t file_bytes_max = 64 * 1024;

/// The variable as the merged environment has it.
struct variable {
  std::string value;
  setting_source source = setting_source::environment;
  std::string place;
};

using variables = std::unordered_map<std::string, variable>;

std::string joined(std::string_view prefix, const lines& texts) {
  std::string result;
  for (const auto& text : texts)
    result.append(prefix).append(text).append("\n");
  return result;
}

/// Why `path` is refused: more than `file_bytes_max` could be read from it.
std::string too_large(const std::string& path) {
  std::error_code error;
  auto size = std::filesystem::file_size(path, error);
  return "at most " + std::to_string(file_bytes_max) + " bytes"
         + (error ? ", not more" : ", not " + std::to_string(size));
}

/// The file's content; else adds to `errors` why not.
std::optional<std::string> read_file(std::string_view flag,
                                     const std::string& path, lines& errors) {
  auto refuse = [&](const std::string& expected) {
    errors.push_back(std::string{flag} + '=' + shown(path)
                     + " (command line): expected a file " + expected);
    return std::nullopt;
  };
  auto fail = [&](const std::string& why) {
    return refuse("that can be read: " + why);
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{
    std::fopen(path.c_str(), "re"), std::fclose};
  if (!file)
    return fail(std::strerror(errno));
  // A bound, since the path may be a device or a pipe without an end.
  std::string content(file_bytes_max + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get()))
    return fail(std::strerror(errno));
  if (content.size() > file_bytes_max)
    return refuse("of " + too_large(path));
  return content;
}

/// As dotenv merges: what is in the environment, though empty, hides the
/// file's.
variables merged(const lines& environment,
                 const std::vector<env_assignment>& assignments,
                 const std::string& path) {
  variables result;
  for (const auto& one : assignments)
    result[one.name] = {one.value, setting_source::env_file,
                        place_in(path, one.line)};
  for (auto one = environment.rbegin(); one != environment.rend(); ++one) {
    auto equals = one->find('=');
    // From the back, since of a name given twice getenv finds the first.
    if (equals != std::string::npos)
      result[one->substr(0, equals)] = {
        one->substr(equals + 1), setting_source::environment, {}};
  }
  return result;
}

void choose_variables(const variables& all, chosen_settings& chosen) {
  for (const auto& entry : table()) {
    for (auto name : {entry.name, entry.alias}) {
      auto it = all.find(std::string{name});
      if (name.empty() || it == all.end() || it->second.value.empty())
        continue;
      const auto& found = it->second;
      chosen.choose(
        {&entry, found.source, std::string{name}, found.place, found.value});
      // The alias counts only if the name is not there.
      break;
    }
  }
}

chosen_settings choose(const flags_result& flags, const lines& environment,
                       lines& errors) {
  chosen_settings chosen;
  if (!flags.config_file.empty()) {
    if (auto content = read_file("--config", flags.config_file, errors)) {
      auto file = parse_toml_file(*content, flags.config_file);
      errors.insert(errors.end(), file.errors.begin(), file.errors.end());
      for (auto& one : file.settings)
        chosen.choose(std::move(one));
    }
  }
  std::vector<env_assignment> assignments;
  if (!flags.env_file.empty())
    if (auto content = read_file("--env-file", flags.env_file, errors))
      assignments = parse_env_file(*content);
  choose_variables(merged(environment, assignments, flags.env_file), chosen);
  for (const auto& one : flags.settings)
    chosen.choose(one);
  return chosen;
}

load_result printed(std::string text) {
  load_result result;
  result.action = start_action::print;
  result.text = std::move(text);
  return result;
}

load_result failed(const lines& errors) {
  load_result result;
  result.action = start_action::fail;
  result.text = joined("signalbox: ", errors);
  return result;
}

} // namespace

load_result load(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment) {
  auto flags = parse_flags(arguments);
  // Whoever asks for help has something else wrong already.
  if (flags.wants_help)
    return printed(render_help());
  if (flags.wants_version)
    return printed("signalbox " + std::string{version()} + '\n');
  auto errors = flags.errors;
  auto chosen = choose(flags, environment, errors);
  load_result result;
  chosen.apply(result.settings, errors);
  for (auto check : {contradictions, unreadable_files}) {
    auto wrong = check(result.settings, chosen);
    errors.insert(errors.end(), wrong.begin(), wrong.end());
  }
  if (!errors.empty())
    return failed(errors);
  result.warnings = advice(result.settings, chosen);
  if (flags.wants_print_config) {
    result.action = start_action::print;
    result.text = render_config(result.settings, chosen);
  } else if (flags.wants_check_config) {
    result.action = start_action::print;
    result.text = "configuration ok\n" + joined("warning: ", result.warnings);
  }
  return result;
}

std::string_view version() noexcept {
  return SIGNALBOX_VERSION;
}

} // namespace signalbox
