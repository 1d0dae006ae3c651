#include "schema/rules.hpp"

#include "schema/message_type.hpp"

#include <cmath>

namespace signalbox {

namespace {

constexpr std::size_t candidate_bytes_max = 4096;
constexpr double sdp_m_line_index_max = 65535;

/// What is wrong, as a literal; empty if nothing is.
using complaint = std::string_view;

verdict refused(ec error, std::string_view explanation) noexcept {
  return {{}, error, explanation};
}

verdict valid_unless(complaint what, message_kind kind) noexcept {
  return what.empty() ? verdict{kind, ec::none, {}}
                      : refused(ec::bad_member, what);
}

// -- single members -----------------------------------------------------------

bool is_absent(const json_value& value) noexcept {
  return value.kind == value_kind::absent;
}

bool is_string(const json_value& value) noexcept {
  return value.kind == value_kind::string;
}

bool is_filled_string(const json_value& value) noexcept {
  return is_string(value) && !value.text.empty();
}

bool is_absent_or_null(const json_value& value) noexcept {
  return is_absent(value) || value.kind == value_kind::null;
}

/// `1.0` and `1e0` are integers too: JSON has only numbers.
bool is_m_line_index(const json_value& value) noexcept {
  return value.kind == value_kind::number && value.number >= 0
         && value.number <= sdp_m_line_index_max
         && value.number == std::trunc(value.number);
}

complaint judge_sdp(message_kind kind, const members& found) noexcept {
  const auto& sdp = found.at(member::sdp);
  if (kind != message_kind::rollback)
    return is_filled_string(sdp) ? "" : "sdp: expected a string, not empty";
  // As in RTCSessionDescriptionInit: a DOMString, empty by default, never null.
  return is_absent(sdp) || is_string(sdp) ? "" : "sdp: expected a string";
}

/// What goes with a candidate: the rest of RTCIceCandidateInit.
complaint judge_candidate_line(const members& found) noexcept {
  const auto& mid = found.at(member::sdp_mid);
  if (!is_absent_or_null(mid) && !is_string(mid))
    return "sdpMid: expected a string or null";
  const auto& index = found.at(member::sdp_m_line_index);
  if (!is_absent_or_null(index) && !is_m_line_index(index))
    return "sdpMLineIndex: expected an integer from 0 to 65535 or null";
  const auto& fragment = found.at(member::username_fragment);
  if (!is_absent_or_null(fragment) && !is_string(fragment))
    return "usernameFragment: expected a string or null";
  return {};
}

/// `""`, null and nothing mean end-of-candidates.
complaint judge_candidate_init(const members& found) noexcept {
  const auto& candidate = found.at(member::candidate);
  if (!is_absent_or_null(candidate) && !is_string(candidate))
    return "candidate: expected a string, null or an RTCIceCandidateInit";
  if (candidate.text.size() > candidate_bytes_max)
    return "candidate: expected at most 4096 bytes";
  return judge_candidate_line(found);
}

complaint judge_candidate(const message& found) noexcept {
  if (!found.candidate)
    return judge_candidate_init(found.top);
  auto what = judge_candidate_init(*found.candidate);
  return what.empty() ? judge_candidate_line(found.top) : what;
}

// -- messages -----------------------------------------------------------------

verdict judge_control(const members& found) noexcept {
  const auto& action = found.at(member::action);
  if (!is_filled_string(action))
    return refused(ec::bad_member, "action: expected a string, not empty");
  if (is_reserved_action(action.text))
    return refused(ec::reserved, "action: only the server may send this one");
  return valid_unless({}, message_kind::control);
}

verdict judge_wrapped_description(const message& found) noexcept {
  if (!found.description)
    return refused(ec::bad_member, "description: expected an object");
  // Text that is not there is empty, which is no type either.
  auto [kind, error] = judge_type(found.description->at(member::type).text);
  if (error != ec::none || !is_description(kind))
    return refused(ec::bad_member,
                   "description.type: expected offer, answer, "
                   "pranswer or rollback");
  return valid_unless(judge_sdp(kind, *found.description), kind);
}

verdict judge_wrapped_candidate(const message& found) noexcept {
  // Null as well: the W3C sample sends `{"candidate":null}` when the browser
  // has no more of them. No string: whoever sends one sends a type with it.
  if (!found.candidate
      && found.top.at(member::candidate).kind != value_kind::null)
    return refused(ec::bad_member, "candidate: expected an object or null");
  return valid_unless(judge_candidate(found), message_kind::candidate);
}

/// The forms without `type` of the W3C's perfect-negotiation sample.
verdict judge_untyped(const message& found) noexcept {
  auto has_description = !is_absent(found.top.at(member::description));
  auto has_candidate = !is_absent(found.top.at(member::candidate));
  if (has_description && has_candidate)
    return refused(ec::bad_member,
                   "expected description or candidate, "
                   "not both");
  if (has_description)
    return judge_wrapped_description(found);
  if (has_candidate)
    return judge_wrapped_candidate(found);
  return refused(ec::unknown_type, "type: expected one");
}

} // namespace

verdict judge(const message& found) noexcept {
  const auto& type = found.top.at(member::type);
  if (is_absent(type))
    return judge_untyped(found);
  if (!is_string(type))
    return refused(ec::bad_member, "type: expected a string");
  auto [kind, error] = judge_type(type.text);
  if (error == ec::reserved)
    return refused(error, "type: only the server may send this one");
  if (error != ec::none)
    return refused(error, "type: none of the base dialect");
  if (is_description(kind))
    return valid_unless(judge_sdp(kind, found.top), kind);
  if (kind == message_kind::candidate)
    return valid_unless(judge_candidate(found), kind);
  return judge_control(found.top);
}

} // namespace signalbox
