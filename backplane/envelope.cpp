// One copy into padded memory, one full parse by simdjson's DOM (never its
// on-demand parser: see schema/validator.cpp), one walk over the top-level
// members; then, as the DOM does not know where in the text a value stood, one
// scan of the text up to the end of `data`. The scan knows that the text is
// valid, and so needs to know little else.

#include "backplane/envelope.hpp"

#include "schema/line_breaks.hpp"
#include "schema/padded_parser.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <simdjson.h>

namespace signalbox {

namespace {

namespace dom = simdjson::dom;

// -- the scan -----------------------------------------------------------------

constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

const char* skip_space(const char* at) noexcept {
  while (is_space(*at))
    ++at;
  return at;
}

/// `at` is behind a string's opening quote; returns behind the closing one.
/// Looks for quotes alone: a message is hardly more than a few long strings.
const char* skip_string(const char* at, const char* end) noexcept {
  const auto begin = at;
  for (;;) {
    at = static_cast<const char*>(
      std::memchr(at, '"', static_cast<std::size_t>(end - at)));
    auto escape = at;
    while (escape != begin && escape[-1] == '\\')
      --escape;
    ++at;
    // Pairs of backslashes are backslashes; one that is left is the quote's.
    if ((at - escape) % 2 == 1)
      return at;
  }
}

/// `at` is where a value begins; returns behind its end.
const char* skip_value(const char* at, const char* end) noexcept {
  std::size_t depth = 0;
  for (;;) {
    switch (*at++) {
      case '"':
        at = skip_string(at, end);
        break;
      case '{':
      case '[':
        ++depth;
        continue;
      case '}':
      case ']':
        --depth;
        break;
      default:
        if (depth > 0)
          continue;
        // A number or a literal.
        while (*at != ',' && *at != '}' && *at != ']' && !is_space(*at))
          ++at;
        return at;
    }
    if (depth == 0)
      return at;
  }
}

/// The value of the member that has `index` members before it, with the white
/// space around it: that was the message's.
/// REQUIRES: `text` is a valid JSON object with that many members.
std::string_view value_at(std::string_view text, std::size_t index) noexcept {
  const auto end = text.data() + text.size();
  auto at = skip_space(text.data()) + 1;
  for (;; --index) {
    at = skip_string(skip_space(at) + 1, end);
    at = skip_space(at) + 1;
    const auto begin = at;
    at = skip_space(skip_value(skip_space(at), end));
    if (index == 0)
      return {begin, static_cast<std::size_t>(at - begin)};
    ++at;
  }
}

// -- the walk -----------------------------------------------------------------

/// Takes a string or null; false if `value` is neither.
bool read_id(dom::element value, std::string_view& into) noexcept {
  into = {};
  return value.is_null() || value.get_string().get(into) == simdjson::SUCCESS;
}

bool says_leave(dom::object message) noexcept {
  dom::element type;
  auto is_there = false;
  for (auto field : message) {
    if (field.key == "type") {
      type = field.value;
      is_there = true;
    }
  }
  std::string_view text;
  return is_there && type.get_string().get(text) == simdjson::SUCCESS
         && text == "peer-disconnected";
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

} // namespace

struct envelope_parser::parts {
  explicit parts(std::size_t bytes_max)
    : parser(bytes_max, simdjson::DEFAULT_MAX_DEPTH) {}

  // These throw std::bad_alloc and nothing else.
  std::optional<envelope> parse(std::string_view text);
  std::optional<envelope> read_copy(std::string_view text);

  padded_parser parser;
};

std::optional<envelope> envelope_parser::parts::parse(std::string_view text) {
  if (!parser.may_hold(text.size()))
    return std::nullopt;
  auto* buffer = parser.room_for(text.size());
  const auto how = copy_folding(text, buffer);
  if (how == copied::folded) {
    // Line breaks in an id are not what they were; there are none, as a rule.
    const auto result = read_copy(text);
    if (!result || (is_ascii(result->sender) && is_ascii(result->origin)))
      return result;
  }
  if (how != copied::as_it_was)
    std::copy(text.begin(), text.end(), buffer);
  return read_copy(text);
}

/// The parser holds a copy of `text` in which each value is where it was.
std::optional<envelope>
envelope_parser::parts::read_copy(std::string_view text) {
  dom::element root;
  dom::object members;
  if (parser.parse(text.size(), root) != simdjson::SUCCESS
      || root.get_object().get(members) != simdjson::SUCCESS)
    return std::nullopt;
  envelope result;
  dom::element data;
  std::optional<std::size_t> data_index;
  dom::element sender;
  dom::element origin;
  auto has_sender = false;
  auto has_origin = false;
  std::size_t index = 0;
  for (auto field : members) {
    if (field.key == "data") {
      data = field.value;
      data_index = index;
    } else if (field.key == "senderId") {
      sender = field.value;
      has_sender = true;
    } else if (field.key == "originServerId") {
      origin = field.value;
      has_origin = true;
    }
    ++index;
  }
  dom::object message;
  if (!data_index || data.get_object().get(message) != simdjson::SUCCESS
      || (has_sender && !read_id(sender, result.sender))
      || (has_origin && !read_id(origin, result.origin)))
    return std::nullopt;
  result.is_leave = says_leave(message);
  result.data = value_at(text, *data_index);
  return result;
}

envelope_parser::envelope_parser(std::size_t text_bytes_max)
  : parts_(std::make_unique<parts>(text_bytes_max)) {
}

envelope_parser::~envelope_parser() = default;

std::optional<envelope> envelope_parser::parse(std::string_view text) noexcept {
  try {
    return parts_->parse(text);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

void append_envelope(std::string& out, std::string_view sender,
                     std::string_view data, std::string_view node) {
  constexpr std::string_view before_sender = R"({"senderId":")";
  constexpr std::string_view before_data = R"(","data":)";
  constexpr std::string_view before_node = R"(,"originServerId":")";
  constexpr std::string_view after_node = R"("})";
  out.append(before_sender)
    .append(sender)
    .append(before_data)
    .append(data)
    .append(before_node)
    .append(node)
    .append(after_node);
}

} // namespace signalbox
