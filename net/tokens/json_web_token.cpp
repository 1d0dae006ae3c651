#include "net/tokens/json_web_token.hpp"

#include "conf/value.hpp"
#include "net/tokens/base64url.hpp"
#include "net/tokens/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

namespace signalbox {

namespace {

using nlohmann::json;
using clock = std::chrono::system_clock;

/// The years that RFC 3339 can write: a date in milliseconds lies behind them.
constexpr double date_min = -62'167'219'200;
constexpr double date_max = 253'402'300'799;

/// Nothing if it is no string either.
std::optional<std::string> string_in(const json& object,
                                     std::string_view name) {
  const auto* value = member_of(object, name);
  const auto* text = value ? value->get_ptr<const json::string_t*>() : nullptr;
  return text ? std::optional{*text} : std::nullopt;
}

/// A NumericDate (RFC 7519 §2).
/// REQUIRES: from `date_min` to `date_max`.
clock::time_point time_of(const json& date) {
  using namespace std::chrono;
  constexpr auto last = floor<seconds>(clock::time_point::max());
  constexpr auto first = ceil<seconds>(clock::time_point::min());
  const auto whole = std::floor(date.get<double>());
  const auto second = sys_seconds{seconds{static_cast<std::int64_t>(whole)}};
  if (second >= last)
    return clock::time_point::max();
  if (second < first)
    return clock::time_point::min();
  const duration<double> rest{date.get<double>() - whole};
  return second + duration_cast<clock::duration>(rest);
}

bool read_date(const json& object, std::string_view name,
               std::optional<clock::time_point>& into) {
  const auto* value = member_of(object, name);
  if (!value)
    return true;
  if (!value->is_number())
    return false;
  const auto date = value->get<double>();
  if (!(date >= date_min && date <= date_max))
    return false;
  into = time_of(*value);
  return true;
}

/// Its strings, if it is an array: whatever else is in it grants nothing.
std::vector<std::string> strings_in(const json& object, std::string_view name) {
  std::vector<std::string> result;
  const auto* value = member_of(object, name);
  if (value && value->is_array())
    for (const auto& element : *value)
      if (const auto* text = element.get_ptr<const json::string_t*>())
        result.push_back(*text);
  return result;
}

std::vector<std::string> audiences_in(const json& claims) {
  if (auto one = string_in(claims, "aud"))
    return {std::move(*one)};
  return strings_in(claims, "aud");
}

std::optional<json> read_object(std::string_view part) {
  const auto text = decode_base64url(part);
  auto value = text ? read_strict_json(*text) : std::nullopt;
  if (!value || !value->is_object())
    return std::nullopt;
  return value;
}

bool read_header(std::string_view part, json_web_token& into) {
  const auto header = read_object(part);
  // An extension that has to be understood is not (RFC 7515 §4.1.11).
  if (!header || member_of(*header, "crit"))
    return false;
  const auto algorithm = string_in(*header, "alg");
  if (!algorithm)
    return false;
  into.algorithm = read_signature_algorithm(*algorithm);
  into.kid = string_in(*header, "kid");
  return true;
}

bool read_claims(std::string_view part, std::string_view rooms_claim,
                 json_web_token& into) {
  const auto claims = read_object(part);
  if (!claims || !read_date(*claims, "exp", into.expiry)
      || !read_date(*claims, "nbf", into.not_before))
    return false;
  into.issuer = string_in(*claims, "iss");
  into.audiences = audiences_in(*claims);
  into.rooms = strings_in(*claims, rooms_claim);
  into.subject = string_in(*claims, "sub");
  if (into.subject && into.subject->size() > subject_bytes_max)
    into.subject.reset();
  return true;
}

} // namespace

std::optional<json_web_token>
read_json_web_token(std::string_view text, std::string_view rooms_claim) {
  constexpr auto npos = std::string_view::npos;
  if (text.size() > token_bytes_max)
    return std::nullopt;
  const auto first = text.find('.');
  const auto second = first == npos ? npos : text.find('.', first + 1);
  // A dot behind these two is no base64url.
  if (second == npos)
    return std::nullopt;
  json_web_token result;
  result.signed_text = text.substr(0, second);
  auto signature = decode_base64url(text.substr(second + 1));
  if (!signature || !read_header(text.substr(0, first), result)
      || !read_claims(text.substr(first + 1, second - first - 1), rooms_claim,
                      result))
    return std::nullopt;
  result.signature = std::move(*signature);
  return result;
}

} // namespace signalbox
