#include "net/console/arguments.hpp"

#include "conf/value.hpp"
#include "net/console/command_table.hpp"

#include <algorithm>

namespace signalbox::console {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t limit_max = 1'000'000;

/// `1`, `0.25`: three places at most.
std::optional<std::chrono::milliseconds> read_seconds(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = read_integer(text.substr(0, point));
  if (!whole || *whole > 86400)
    return std::nullopt;
  std::uint64_t thousandths = 0;
  if (point != std::string_view::npos) {
    auto places = std::string{text.substr(point + 1)};
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (places.empty() || places.size() > 3
        || !std::all_of(places.begin(), places.end(), is_digit))
      return std::nullopt;
    places.resize(3, '0');
    for (const char c : places)
      thousandths = thousandths * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return std::chrono::milliseconds{*whole * 1000 + thousandths};
}

/// One command line on its way into options.
class reader {
public:
  reader(command which, const std::vector<std::string>& arguments)
    : which_(which), arguments_(arguments) {
    result_.options.command = which;
  }

  arguments_result read() {
    while (next_ < arguments_.size()) {
      const std::string_view word = arguments_[next_++];
      if (word == "--")
        break;
      if (word.size() > 1 && word[0] == '-')
        take_flag(word);
      else
        take_operand(word);
    }
    while (next_ < arguments_.size())
      take_operand(arguments_[next_++]);
    check();
    return std::move(result_);
  }

private:
  void complain(std::string_view what, std::string_view why) {
    result_.errors.push_back(std::string{what} + ": " + std::string{why});
  }

  void take_operand(std::string_view word) {
    if (entry_of(which_).rule == operand_rule::none)
      return complain(shown(word), "unexpected argument");
    if (has_operand_)
      return complain(shown(word), "one argument is enough");
    has_operand_ = true;
    result_.options.operand = word;
    if (word.empty())
      complain(entry_of(which_).operand, "must not be empty");
  }

  void take_flag(std::string_view word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto* flag = flag_named(which_, name);
    if (!flag) {
      complain(shown(name), "unknown flag");
      // What follows is most likely its value, perhaps a secret.
      if (equals == std::string_view::npos && next_ < arguments_.size()
          && !arguments_[next_].starts_with('-'))
        ++next_;
      return;
    }
    if (flag->value.empty()) {
      if (equals != std::string_view::npos)
        return complain(name, "takes no value");
      result_.options.*flag->truth = true;
      return;
    }
    if (equals != std::string_view::npos)
      return set(*flag, word.substr(equals + 1));
    // A flag behind it means that its value was forgotten.
    if (next_ == arguments_.size()
        || flag_named(which_, name_part(arguments_[next_])))
      return complain(name, "expected a value after it");
    set(*flag, arguments_[next_++]);
  }

  static std::string_view name_part(std::string_view word) {
    return word.substr(0, word.find('='));
  }

  void set(const flag_entry& flag, std::string_view value) {
    auto& options = result_.options;
    given_.push_back(flag.name);
    if (flag.text) {
      options.*flag.text = value;
    } else if (flag.time) {
      const auto longest = which_ == command::top ? 60s : 86400s;
      const auto time = read_seconds(value);
      if (!time || *time < 250ms || *time > longest)
        return complain(flag.name, "expected seconds from 0.25 to "
                                     + std::to_string(longest.count())
                                     + ", not " + shown(value));
      options.*flag.time = *time;
    } else {
      const auto count = read_integer(value);
      if (!count || *count > limit_max)
        return complain(flag.name, "expected a whole number from 0 to "
                                     + std::to_string(limit_max) + ", not "
                                     + shown(value));
      options.*flag.count = *count;
    }
  }

  bool is_given(std::string_view name) const {
    return std::find(given_.begin(), given_.end(), name) != given_.end();
  }

  // What only all words together tell.
  void check() {
    auto& options = result_.options;
    const auto& entry = entry_of(which_);
    if (entry.rule == operand_rule::must_be && !has_operand_)
      complain(entry.operand, "expected one");
    if (entry.rule == operand_rule::may_be && has_operand_)
      for (const auto* name : {"--limit", "--filter", "--sort", "--kind"})
        if (is_given(name))
          complain(name, "not with " + std::string{entry.operand});
    if (!options.token.empty() && !options.token_file.empty())
      complain("--token", "not with --token-file");
    if (options.is_wait && options.is_cancel)
      complain("--wait", "not with --cancel");
    if (is_given("--timeout") && !options.is_wait)
      complain("--timeout", "only with --wait");
    if (which_ == command::log_level && has_operand_) {
      const auto level = read_log_level(options.operand);
      if (level)
        options.operand = name_of(*level);
      else
        complain("LEVEL",
                 "expected trace, debug, info, warn, error or off, not "
                   + shown(options.operand));
    }
  }

  command which_;
  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  bool has_operand_ = false;
  std::vector<std::string_view> given_;
  arguments_result result_;
};

} // namespace

std::optional<command> command_named(std::string_view word) noexcept {
  for (const auto& x : all_commands())
    if (x.name == word)
      return x.which;
  return std::nullopt;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> result;
  for (const auto& x : all_commands())
    result.push_back(x.name);
  return result;
}

arguments_result parse_arguments(command which,
                                 const std::vector<std::string>& arguments) {
  return reader{which, arguments}.read();
}

std::string help_of(command which) {
  const auto& entry = entry_of(which);
  auto out = "Usage: signalbox " + std::string{entry.name};
  const std::string operand{entry.operand};
  if (entry.rule == operand_rule::may_be)
    out += " [" + operand + "]";
  else if (entry.rule == operand_rule::must_be)
    out += " " + operand;
  out += " [FLAG VALUE]...\n\n" + std::string{entry.help};
  if (entry.rule != operand_rule::none)
    out += "A " + operand + " that begins with - stands behind --.\n";
  for (const auto& flag : all_flags()) {
    if (!takes(which, flag))
      continue;
    out += "\n  "
           + std::string{flag.name == "--help" ? "-h, --help" : flag.name};
    if (!flag.value.empty())
      out += " " + std::string{flag.value};
    out += "\n      ";
    for (const char c : flag.help)
      out += c == '\n' ? std::string{"\n      "} : std::string{c};
  }
  return out
         + "\n\nExit code: 0 done; 1 the node cannot be reached or said no;\n"
           "2 the command line is wrong.\n";
}

} // namespace signalbox::console
