#include "conf/toml_scan.hpp"

#include <algorithm>
#include <cstdio>

#include "conf/value.hpp"

namespace signalbox {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

/// What may stand after `[` in a table's header; `]` toml++ refuses itself.
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
         || c == '_' || c == '-' || c == ']' || is_quote(c);
}

std::string byte_text(char c) {
  char buffer[16];
  std::snprintf(buffer, sizeof(buffer), "byte 0x%02x",
                static_cast<unsigned>(static_cast<unsigned char>(c)));
  return buffer;
}

/// Follows the text as toml++ does, up to the first error that toml++ would
/// report: behind that it does not look.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {
    // toml++ passes over it, too.
    if (text_.starts_with("\xef\xbb\xbf"))
      at_ = 3;
  }

  std::optional<toml_refusal> run() {
    refuse_control_characters();
    while (!refusal_ && at_ < text_.size()) {
      auto c = text_[at_];
      if (is_quote(c))
        string();
      else if (c == '#')
        skip_to_line_end();
      else
        plain(c);
    }
    return std::move(refusal_);
  }

private:
  // -- everywhere
  // --------------------------------------------------------------

  void refuse_control_characters() {
    for (auto i = at_; i < text_.size() && !refusal_; ++i) {
      auto c = text_[i];
      auto code = static_cast<unsigned char>(c);
      auto is_line_end = c == '\n' || (c == '\r' && peek(i + 1) == '\n');
      if ((code < ' ' && c != '\t' && !is_line_end) || code == 0x7f)
        refuse(i, "text without control characters, not " + byte_text(c));
    }
  }

  // -- outside strings and comments
  // --------------------------------------------

  void plain(char c) {
    if (!is_ascii(c))
      return refuse(at_,
                    "ASCII outside strings and comments, not " + byte_text(c));
    if (is_blank(c) || c == '\n' || c == '\r' || c == ',' || c == ']'
        || c == '}')
      refuse_short_time();
    switch (c) {
      case '\n':
        dots_ = 0;
        line_is_blank_ = true;
        break;
      case '.':
        if (++dots_ > toml_dots_max)
          return refuse(at_, "at most " + std::to_string(toml_dots_max)
                               + " dots outside strings in a line");
        break;
      case '[':
        if (line_is_blank_ && open_ == 0)
          header();
        [[fallthrough]];
      case '{':
        open(c);
        break;
      case ']':
      case '}':
        close(c);
        break;
      default:
        break;
    }
    follow_word(c);
    if (c != '\n' && !is_blank(c))
      line_is_blank_ = false;
    ++at_;
  }

  /// toml++ takes what begins like a number to its end, quotes and all.
  void follow_word(char c) {
    auto ends_any = is_blank(c) || c == '\n' || c == '\r' || c == ','
                    || c == ']' || c == '}';
    auto ends_name = c == '=' || c == '[' || c == '{';
    if (ends_any || (ends_name && !is_number_)) {
      is_in_word_ = false;
      is_number_ = false;
    } else if (!is_in_word_) {
      is_in_word_ = true;
      is_number_ = is_digit(c) || c == '+' || c == '-' || c == '.';
    }
  }

  /// toml++ asserts that the hour after a date has two digits.
  void refuse_short_time() {
    if (at_ >= 3 && is_digit(text_[at_ - 1]) && text_[at_ - 2] == ' '
        && is_digit(text_[at_ - 3]))
      refuse(at_, "a time such as 07:32:00 after a date and a blank");
  }

  /// toml++ asserts that a name follows.
  void header() {
    auto i = skip_blanks(at_ + 1);
    auto is_array = i == at_ + 1 && peek(i) == '[';
    if (is_array)
      i = skip_blanks(i + 1);
    // `[ [` and the end of the text it reports itself.
    auto is_known = i >= text_.size() || (text_[i] == '[' && !is_array);
    if (!is_known && !begins_name(text_[i]))
      refuse(at_, "a table's name after [, not " + shown(text_.substr(i, 1)));
  }

  void open(char c) {
    if (open_ == toml_brackets_open_max)
      return refuse(at_, "at most " + std::to_string(toml_brackets_open_max)
                           + " brackets in each other");
    brackets_[open_++] = c;
  }

  /// toml++ asserts that `}` does not stand where a value of an array may.
  void close(char c) {
    // One too many it reports itself.
    if (open_ == 0)
      return;
    auto expected = brackets_[--open_] == '[' ? ']' : '}';
    if (c != expected)
      refuse(at_, std::string{expected} + ", not " + c);
  }

  void skip_to_line_end() {
    refuse_short_time();
    at_ = std::min(text_.find('\n', at_), text_.size());
  }

  // -- strings
  // -----------------------------------------------------------------

  void string() {
    if (is_number_)
      return refuse(at_, "no quote in a number");
    is_in_word_ = true;
    line_is_blank_ = false;
    auto quote = text_[at_];
    if (quotes_at(at_, 3) == 3)
      multi_line_string(quote);
    else
      one_line_string(quote);
  }

  void one_line_string(char quote) {
    for (++at_; at_ < text_.size() && !refusal_; ++at_) {
      auto c = text_[at_];
      if (c == quote) {
        ++at_;
        return;
      }
      // toml++ reports this one and is done.
      if (c == '\n') {
        at_ = text_.size();
        return;
      }
      if (c == '\\' && quote == '"')
        escape();
    }
  }

  void multi_line_string(char quote) {
    at_ += 3;
    while (at_ < text_.size() && !refusal_) {
      auto c = text_[at_];
      if (c == quote) {
        // Up to two may stand before the three that end the string.
        auto quotes = quotes_at(at_, 5);
        at_ += quotes;
        if (quotes >= 3)
          return;
        continue;
      }
      if (c == '\\' && quote == '"') {
        escape();
        ++at_;
        skip_blanks_at_line_end();
        continue;
      }
      ++at_;
    }
  }

  /// Onto the escaped character.
  void escape() {
    ++at_;
    if (at_ < text_.size())
      refuse_letter_after_backslash();
  }

  /// After a backslash at a line's end toml++ asks of each letter whether it
  /// is a blank, and its answer is undefined for many outside ASCII.
  void skip_blanks_at_line_end() {
    if (!is_space(at_ - 1))
      return;
    while (is_space(at_))
      ++at_;
    if (at_ < text_.size())
      refuse_letter_after_backslash();
  }

  void refuse_letter_after_backslash() {
    if (!is_ascii(text_[at_]))
      refuse(at_, "ASCII or an escape such as \\u00e9 after a backslash, not "
                    + byte_text(text_[at_]));
  }

  // -- helpers
  // -----------------------------------------------------------------

  bool is_space(std::size_t at) const {
    auto c = peek(at);
    return is_blank(c) || c == '\n' || c == '\r';
  }

  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : 0; }

  std::size_t skip_blanks(std::size_t at) const {
    while (at < text_.size() && is_blank(text_[at]))
      ++at;
    return at;
  }

  /// How many quotes like that at `at` stand there, `max` at most.
  std::size_t quotes_at(std::size_t at, std::size_t max) const {
    auto end = at;
    while (end < text_.size() && end - at < max && text_[end] == text_[at])
      ++end;
    return end - at;
  }

  void refuse(std::size_t at, std::string expected) {
    if (refusal_)
      return;
    auto passed = text_.substr(0, at);
    auto lines = std::count(passed.begin(), passed.end(), '\n');
    refusal_ = toml_refusal{static_cast<std::size_t>(lines) + 1,
                            std::move(expected)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t dots_ = 0;
  /// The brackets that are open, outermost first.
  char brackets_[toml_brackets_open_max] = {};
  std::size_t open_ = 0;
  /// Nothing but blanks so far.
  bool line_is_blank_ = true;
  bool is_in_word_ = false;
  /// The word begins as a number does.
  bool is_number_ = false;
  std::optional<toml_refusal> refusal_;
};

} // namespace

std::optional<toml_refusal> refusal_of_toml(std::string_view content) {
  return scanner{content}.run();
}

} // namespace signalbox
