#include "schema/usual_message.hpp"

#include "schema/string_scan.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace signalbox {

namespace {

// Mostly there is none, and one comparison tells.
bool is_blank(char c) noexcept {
  return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// One of the escapes of two characters (RFC 8259 §7).
bool is_short_escape(char c) noexcept {
  return std::string_view{"\"\\/bfnrt"}.find(c) != std::string_view::npos;
}

/// The names of one object's members that we do not know: few, or it is no
/// usual message.
class other_names {
public:
  /// False if it is there already, or there are too many.
  bool add(std::string_view name) noexcept {
    if (size_ == names_.size())
      return false;
    for (std::size_t i = 0; i < size_; ++i)
      if (names_[i] == name)
        return false;
    names_[size_++] = name;
    return true;
  }

private:
  std::array<std::string_view, 8> names_;
  std::size_t size_ = 0;
};

class reader {
public:
  reader(std::string_view text, message& found) noexcept
    : at_(text.data()), end_(text.data() + text.size()), found_(found) {
    // nop
  }

  bool read() noexcept {
    skip_blanks();
    if (!take('{') || !read_object(found_.top, true))
      return false;
    skip_blanks();
    return at_ == end_;
  }

private:
  void skip_blanks() noexcept {
    while (at_ < end_ && is_blank(*at_))
      ++at_;
  }

  bool take(char c) noexcept {
    if (at_ == end_ || *at_ != c)
      return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) noexcept {
    if (!std::string_view{at_, end_}.starts_with(word))
      return false;
    at_ += word.size();
    return true;
  }

  // Behind its brace.
  bool read_object(members& into, bool is_outermost) noexcept {
    other_names others;
    skip_blanks();
    if (take('}'))
      return true;
    while (read_member(into, others, is_outermost)) {
      skip_blanks();
      if (!take(','))
        return take('}');
      skip_blanks();
    }
    return false;
  }

  bool read_member(members& into, other_names& others,
                   bool is_outermost) noexcept {
    const auto name = take_string(false);
    if (!name)
      return false;
    skip_blanks();
    if (!take(':'))
      return false;
    skip_blanks();
    const auto m = member_of(*name);
    if (m == member::other) {
      json_value ignored;
      return others.add(*name) && read_value(ignored, m, is_outermost);
    }
    auto& value = into.at(m);
    return value.kind == value_kind::absent
           && read_value(value, m, is_outermost);
  }

  bool read_value(json_value& into, member m, bool is_outermost) noexcept {
    if (at_ == end_)
      return false;
    switch (*at_) {
      case '"': {
        into.kind = value_kind::string;
        const auto text = take_string(m == member::sdp || m == member::other);
        into.text = text.value_or("");
        return text.has_value();
      }
      case '{':
        into.kind = value_kind::object;
        ++at_;
        if (is_outermost && m == member::candidate)
          return read_object(found_.candidate.emplace(), false);
        return is_outermost && m == member::description
               && read_object(found_.description.emplace(), false);
      case 'n':
        into.kind = value_kind::null;
        return take("null");
      case 't':
        into.kind = value_kind::other;
        return take("true");
      case 'f':
        into.kind = value_kind::other;
        return take("false");
      default:
        into.kind = value_kind::number;
        return take_integer(into.number);
    }
  }

  std::optional<std::string_view> take_string(bool may_have_escapes) noexcept {
    if (!take('"'))
      return std::nullopt;
    const auto* begin = at_;
    at_ = find_special(begin, end_);
    if (may_have_escapes)
      while (at_ != end_ && *at_ == '\\')
        if (!skip_escapes())
          return std::nullopt;
    if (at_ == end_ || *at_ != '"')
      return std::nullopt;
    return std::string_view{begin, at_++};
  }

  bool skip_escapes() noexcept {
    at_ = skip_lines(at_, end_);
    if (at_ != end_ && *at_ == '\\') {
      if (end_ - at_ < 2 || !is_short_escape(at_[1]))
        return false;
      at_ += 2;
    }
    at_ = find_special(at_, end_);
    return true;
  }

  // What follows shows whether that was all of the number: nothing that can be
  // part of one may follow a value.
  bool take_integer(double& into) noexcept {
    constexpr std::ptrdiff_t digits_max = 9;
    const auto* begin = at_;
    int value = 0;
    for (; at_ != end_ && is_digit(*at_) && at_ - begin < digits_max; ++at_)
      value = value * 10 + (*at_ - '0');
    into = value;
    return at_ != begin && (*begin != '0' || at_ - begin == 1);
  }

  const char* at_;
  const char* const end_;
  message& found_;
};

} // namespace

bool read_usual(std::string_view text, message& found) noexcept {
  // The least that can be read at once; no message is as short.
  return text.size() >= text_block::size && reader{text, found}.read();
}

} // namespace signalbox
