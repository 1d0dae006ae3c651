#include "conf/env_file.hpp"

#include <algorithm>
#include <optional>

namespace signalbox {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string with_unix_line_ends(std::string_view content) {
  // JavaScript's \s holds the byte order mark, so dotenv passes over it.
  if (content.starts_with("\xef\xbb\xbf"))
    content.remove_prefix(3);
  std::string result;
  result.reserve(content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] != '\r') {
      result += content[i];
      continue;
    }
    result += '\n';
    if (i + 1 < content.size() && content[i + 1] == '\n')
      ++i;
  }
  return result;
}

std::string replaced(std::string text, std::string_view from, char to) {
  for (auto at = text.find(from); at != npos; at = text.find(from, at + 1))
    text.replace(at, from.size(), 1, to);
  return text;
}

/// A cursor over the text, with what dotenv's one regular expression does as
/// small steps. Each step either moves on or leaves the cursor where it was.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {}

  std::optional<env_assignment> next() {
    while (at_ < text_.size()) {
      auto start = at_;
      if (auto found = assignment()) {
        skip_line();
        return found;
      }
      at_ = start;
      skip_line();
    }
    return std::nullopt;
  }

private:
  std::optional<env_assignment> assignment() {
    skip_spaces();
    auto start = at_;
    // `export` in front, or a variable of that name.
    if (word() == "export" && at_ < text_.size() && is_space(text_[at_])) {
      skip_spaces();
      if (auto found = named_value())
        return found;
    }
    at_ = start;
    return named_value();
  }

  std::optional<env_assignment> named_value() {
    auto name_at = at_;
    env_assignment result;
    result.name = word();
    if (result.name.empty() || !separator())
      return std::nullopt;
    count_lines_to(name_at);
    result.line = line_;
    result.value = value();
    return result;
  }

  /// REQUIRES: `at` is behind that of the last call.
  void count_lines_to(std::size_t at) {
    auto passed = text_.substr(counted_, at - counted_);
    line_ +=
      static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    counted_ = at;
  }

  std::string_view word() {
    auto start = at_;
    while (at_ < text_.size() && is_name_char(text_[at_]))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  /// `=` with space before it, be it a line end, or `:` with space after it.
  bool separator() {
    if (at_ + 1 < text_.size() && text_[at_] == ':' && is_space(text_[at_ + 1]))
      return ++at_, true;
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != '=')
      return false;
    return ++at_, true;
  }

  std::string value() {
    auto raw = quoted();
    if (raw.empty()) {
      // Unquoted: up to a comment, which needs no blank before it.
      auto end = std::min(text_.find_first_of("#\n", at_), text_.size());
      raw = trimmed(text_.substr(at_, end - at_));
      at_ = end;
    }
    if (raw.empty())
      return {};
    char quote = raw.front();
    bool is_quote = quote == '"' || quote == '\'' || quote == '`';
    std::string result{raw};
    if (is_quote && raw.size() > 1 && raw.back() == quote)
      result = raw.substr(1, raw.size() - 2);
    if (quote == '"')
      result = replaced(replaced(std::move(result), "\\n", '\n'), "\\r", '\r');
    return result;
  }

  /// A quoted value, quotes included, that only a comment follows on its last
  /// line; an empty text if there is none, and the value is to be taken as
  /// unquoted.
  std::string_view quoted() {
    auto begin = at_;
    while (begin < text_.size() && is_space(text_[begin]))
      ++begin;
    if (begin >= text_.size())
      return {};
    char quote = text_[begin];
    if (quote != '"' && quote != '\'' && quote != '`')
      return {};
    // The first quote without a backslash ends the value; if that leads
    // nowhere, the last one with a backslash does, and so on backwards.
    std::vector<std::size_t> ends;
    for (auto i = begin + 1; i < text_.size(); ++i) {
      bool is_escape = text_[i] == '\\' && i + 1 < text_.size()
                       && text_[i + 1] == quote;
      if (is_escape)
        ends.push_back(++i);
      else if (text_[i] == quote) {
        ends.push_back(i);
        break;
      }
    }
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
      if (!is_line_over(*end + 1))
        continue;
      at_ = *end + 1;
      return text_.substr(begin, at_ - begin);
    }
    return {};
  }

  bool is_line_over(std::size_t at) const {
    while (at < text_.size() && text_[at] != '\n' && is_space(text_[at]))
      ++at;
    return at >= text_.size() || text_[at] == '\n' || text_[at] == '#';
  }

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
  }

  void skip_line() {
    auto end = text_.find('\n', at_);
    at_ = end == npos ? text_.size() : end + 1;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_ = 1;
};

} // namespace

std::vector<env_assignment> parse_env_file(std::string_view content) {
  auto text = with_unix_line_ends(content);
  std::vector<env_assignment> result;
  scanner scan{text};
  while (auto found = scan.next())
    result.push_back(std::move(*found));
  return result;
}

} // namespace signalbox
