// From bytes to a verdict. What clients usually send is read at once; all else
// takes one copy into padded memory, one full parse by simdjson's DOM, and one
// walk over the top-level members; then rules.hpp. The on-demand parser must
// not be used here: it accepts broken text in what the caller skips.

#include "schema/validator.hpp"

#include "schema/member_names.hpp"
#include "schema/message.hpp"
#include "schema/noncharacters.hpp"
#include "schema/padded_parser.hpp"
#include "schema/rules.hpp"
#include "schema/usual_message.hpp"

#include <algorithm>
#include <new>

#include <simdjson.h>

namespace signalbox {

namespace {

namespace dom = simdjson::dom;

constexpr int depth_max = 32; // the outermost value is level 1

/// What is wrong, as a literal; empty if nothing is.
using complaint = std::string_view;

constexpr complaint too_deep = "nested deeper than 32 levels";

complaint explain(simdjson::error_code error) noexcept {
  if (error == simdjson::DEPTH_ERROR)
    return too_deep;
  if (error == simdjson::NUMBER_ERROR)
    return "a number is malformed or fits no double";
  if (error == simdjson::UTF8_ERROR)
    return "not UTF-8";
  return "not a JSON text (RFC 8259)";
}

void read_value(dom::element element, json_value& into) noexcept {
  switch (element.type()) {
    case dom::element_type::STRING:
      into.kind = value_kind::string;
      into.text = element.get_string().value_unsafe();
      return;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      into.kind = value_kind::number;
      into.number = element.get_double().value_unsafe();
      return;
    case dom::element_type::OBJECT:
      into.kind = value_kind::object;
      return;
    case dom::element_type::NULL_VALUE:
      into.kind = value_kind::null;
      return;
    case dom::element_type::ARRAY:
    case dom::element_type::BOOL:
      break;
  }
  into.kind = value_kind::other;
}

/// Holds a whole text to what the parser does not: the exact depth and, if
/// `checks_strings`, the absence of noncharacters. The parser's own limit keeps
/// the recursion short.
complaint inspect(dom::element value, int level, bool checks_strings) noexcept {
  constexpr complaint bad_string = "a string holds a Unicode noncharacter";
  auto is_bad = [checks_strings](std::string_view text) {
    return checks_strings && holds_noncharacter(text);
  };
  if (value.is_string())
    return is_bad(value.get_string().value_unsafe()) ? bad_string : "";
  if (value.is_object()) {
    if (level > depth_max)
      return too_deep;
    dom::object object = value.get_object().value_unsafe();
    for (auto field : object) {
      if (is_bad(field.key))
        return bad_string;
      auto what = inspect(field.value, level + 1, checks_strings);
      if (!what.empty())
        return what;
    }
  } else if (value.is_array()) {
    if (level > depth_max)
      return too_deep;
    dom::array array = value.get_array().value_unsafe();
    for (auto item : array) {
      auto what = inspect(item, level + 1, checks_strings);
      if (!what.empty())
        return what;
    }
  }
  return {};
}

bool is_object(const members& found, member m) noexcept {
  return found.at(m).kind == value_kind::object;
}

verdict refused(ec error, std::string_view explanation) noexcept {
  return {{}, error, explanation};
}

} // namespace

struct validator::parts {
  // The parser counts no level for an empty container, so it is given one more
  // than is allowed, and `inspect` finds an empty one on that level.
  explicit parts(std::size_t bytes_max) : parser(bytes_max, depth_max + 1) {}

  // These throw std::bad_alloc and nothing else.
  verdict check(std::string_view text);
  verdict parse(std::string_view text);
  complaint read(dom::element root, bool checks_strings, message& found);
  template <class OnMember>
  complaint collect(dom::element value, members& found, OnMember on_member);

  padded_parser parser;
  member_names names;
  /// Whether the text in hand has values inside its top-level values.
  bool is_nested = false;
};

verdict validator::parts::check(std::string_view text) {
  if (!parser.may_hold(text.size()))
    return refused(ec::too_large, "longer than MESSAGE_MAX_BYTES or 4 GiB");
  message found;
  return read_usual(text, found) ? judge(found) : parse(text);
}

verdict validator::parts::parse(std::string_view text) {
  std::copy(text.begin(), text.end(), parser.room_for(text.size()));
  dom::element root;
  if (auto error = parser.parse(text.size(), root); error != simdjson::SUCCESS)
    return refused(ec::bad_json, explain(error));
  if (!root.is_object())
    return refused(ec::bad_json, "expected an object");
  message found;
  if (auto what = read(root, may_hold_noncharacters(text), found);
      !what.empty())
    return refused(ec::bad_json, what);
  return judge(found);
}

complaint validator::parts::read(dom::element root, bool checks_strings,
                                 message& found) {
  is_nested = false;
  dom::element candidate;
  dom::element description;
  auto what = collect(root, found.top, [&](member m, dom::element value) {
    if (m == member::candidate)
      candidate = value;
    else if (m == member::description)
      description = value;
  });
  if (what.empty() && is_object(found.top, member::candidate))
    what = collect(candidate, found.candidate.emplace(), [](auto...) {});
  if (what.empty() && is_object(found.top, member::description))
    what = collect(description, found.description.emplace(), [](auto...) {});
  if (!what.empty())
    return what;
  if (is_nested || checks_strings)
    return inspect(root, 1, checks_strings);
  return {};
}

/// Puts the members of `value`, an object, that we know into `found` and calls
/// `on_member(m, element)` for each of them.
template <class OnMember>
complaint validator::parts::collect(dom::element value, members& found,
                                    OnMember on_member) {
  dom::object object = value.get_object().value_unsafe();
  names.clear();
  for (auto field : object) {
    names.add(field.key);
    is_nested |= field.value.is_object() || field.value.is_array();
    auto m = member_of(field.key);
    if (m == member::other)
      continue;
    read_value(field.value, found.at(m));
    on_member(m, field.value);
  }
  return names.has_repeated() ? "a member appears twice" : "";
}

validator::validator(std::size_t message_bytes_max)
  : parts_(std::make_unique<parts>(message_bytes_max)) {
}

validator::~validator() = default;

verdict validator::check(std::string_view text) noexcept {
  try {
    return parts_->check(text);
  } catch (const std::bad_alloc&) {
    return refused(ec::too_large, "no memory for a text of this length");
  }
}

} // namespace signalbox
