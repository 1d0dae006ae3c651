// Any bytes as a token; and lines of any bytes as a header, claims and a room,
// signed here as an issuer would. Nothing is granted that was not signed, and
// of what was signed just what another reading of the claims grants.

#include "net/tokens/base64url.hpp"
#include "net/tokens/token_authority.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/support/token_maker.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace signalbox;
using namespace std::chrono_literals;
using signalbox::fuzz::hold;

namespace {

using nlohmann::json;

constexpr auto secret = "a secret that no fuzzer finds";
constexpr auto hs256 = signature_algorithm::hs256;
constexpr double now_seconds = 1'700'000'000;
constexpr std::chrono::system_clock::time_point now{1'700'000'000s};

const token_authority& authority() {
  static const auto made = [] {
    options settings;
    settings.jwt_secret = secret;
    settings.jwt_alg = {hs256, signature_algorithm::rs256};
    settings.jwt_jwks_url = "https://auth.example.com/keys";
    return std::make_unique<token_authority>(settings);
  }();
  return *made;
}

bool is_granted(std::string_view token, std::string_view room) {
  const auto verdict = authority().judge(token, room, now, key_wish::allowed);
  const auto last = authority().judge(token, room, now, key_wish::used_up);
  const auto is_good = verdict.error == ec::none;
  hold(is_good == (last.error == ec::none), "a wish grants nothing");
  hold(!last.wants_keys, "no second wish");
  hold((last.error == ec::keys_unavailable) == verdict.wants_keys,
       "without any keys nobody can say");
  hold(is_good == verdict.reason.empty(), "a refusal has a reason");
  hold(!is_good || verdict.ends_at > now, "what is granted ends later");
  hold(is_good || verdict.subject.empty(), "a refused token names nobody");
  return is_good;
}

std::string signed_by_us(std::string_view text) {
  return test::sign_with_secret(hs256, secret, text);
}

void hold_text(std::string_view text) {
  const auto parts = read_json_web_token(text, "rooms");
  if (!parts) {
    hold(!is_granted(text, "room"), "what is malformed grants nothing");
    return;
  }
  hold(text.size() <= token_bytes_max, "a token is bounded");
  const auto dot = parts->signed_text.find('.');
  const auto header = decode_base64url(parts->signed_text.substr(0, dot));
  const auto claims = decode_base64url(parts->signed_text.substr(dot + 1));
  hold(header && claims
         && test::signing_input(*header, *claims) + '.'
                + test::encode_base64url(parts->signature)
              == text,
       "a token has one spelling");
  hold(!is_granted(text, "room")
         || (parts->algorithm == hs256
             && signed_by_us(parts->signed_text) == parts->signature),
       "nothing is granted that was not signed");
}

// -- another opinion ----------------------------------------------------------

bool is_date_if_there(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found == claims.end()
         || (found->is_number() && found->get<double>() >= -62167219200.0
             && found->get<double>() <= 253402300799.0);
}

bool lists(const json& claims, const std::string& room) {
  const auto rooms = claims.value("rooms", json{});
  if (!rooms.is_array())
    return false;
  return std::any_of(rooms.begin(), rooms.end(), [&](const json& entry) {
    if (!entry.is_string())
      return false;
    auto name = entry.get<std::string>();
    if (name.empty() || name.back() != '*')
      return name == room;
    name.pop_back();
    return room.compare(0, name.size(), name) == 0;
  });
}

/// Of claims without a repeated name.
bool should_grant(const json& claims, const std::string& room) {
  if (!is_date_if_there(claims, "exp") || !is_date_if_there(claims, "nbf"))
    return false;
  return claims.contains("exp") && claims["exp"].get<double>() > now_seconds
         && claims.value("nbf", now_seconds) <= now_seconds
         && lists(claims, room);
}

std::size_t depth_of(const json& value) {
  std::size_t result = 0;
  if (value.is_structured())
    for (const auto& inner : value)
      result = std::max(result, depth_of(inner));
  return result + (value.is_structured() ? 1 : 0);
}

// -- what an issuer signs -----------------------------------------------------

/// With one character changed, by what stands in `where`.
std::string mutated(std::string token, std::string_view where) {
  std::size_t number = 0;
  for (char c : where)
    number = number * 31 + static_cast<unsigned char>(c);
  token[number % token.size()] ^= static_cast<char>(1 + number / 7 % 127);
  return token;
}

void hold_signed(std::string_view header, std::string_view claims,
                 const std::string& room, std::string_view where) {
  const auto token = test::make_token(header, claims, signed_by_us);
  const auto read = json::parse(claims, nullptr, false);
  if (is_granted(token, room)) {
    const auto head = json::parse(header, nullptr, false);
    hold(head.is_object() && head.value("alg", json{}) == "HS256"
           && !head.contains("crit"),
         "the header said how it was signed");
    hold(read.is_object() && should_grant(read, room),
         "nothing is granted that another reading does not");
  }
  hold(!is_granted(mutated(token, where), room),
       "with a character changed it grants nothing");
  if (!read.is_object() || depth_of(read) > 32)
    return;
  // Without white space and repeated names.
  const auto plain = test::make_token(R"({"alg":"HS256"})", read.dump(),
                                      signed_by_us);
  hold(plain.size() > token_bytes_max
         || is_granted(plain, room) == should_grant(read, room),
       "what another reading grants is granted");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  hold_text(text);
  auto rest = text;
  const auto header = fuzz::take_until(rest, '\n');
  const auto claims = fuzz::take_until(rest, '\n');
  const auto room = fuzz::take_until(rest, '\n');
  hold_signed(header, claims, std::string{room}, rest);
  return 0;
}
