// A second opinion on messages, written to be compared with the validator and
// to be as unlike it as possible: another parser (nlohmann's), whole documents,
// paths as text. Slow.

#pragma once

#include "schema/validator.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace signalbox::test {

using nlohmann::json;

/// Listens to the parser for what a document no longer shows.
class strict_listener : public nlohmann::json_sax<json> {
public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t x, const string_t&) override {
    return std::isfinite(x);
  }
  bool string(string_t& text) override { return is_clean(text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    auto& here = scopes_.back();
    here.last = name;
    auto is_ours = scopes_.size() == 1
                   || (scopes_.size() == 2
                       && (scopes_[0].last == "candidate"
                           || scopes_[0].last == "description"));
    return is_clean(name) && (here.names.insert(name).second || !is_ours);
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    return false;
  }

private:
  struct scope {
    std::set<std::string> names;
    std::string last;
  };

  bool enter() {
    scopes_.emplace_back();
    return scopes_.size() <= 32;
  }

  bool leave() {
    scopes_.pop_back();
    return true;
  }

  /// Decodes what is known to be UTF-8 code point by code point.
  static bool is_clean(const std::string& text) {
    std::uint32_t point = 0;
    auto is_allowed = [&] {
      return (point < 0xFDD0 || point > 0xFDEF) && (point & 0xFFFE) != 0xFFFE;
    };
    for (unsigned char byte : text) {
      if ((byte & 0xC0) == 0x80) {
        point = point << 6 | (byte & 0x3F);
        continue;
      }
      if (!is_allowed())
        return false;
      point = byte < 0x80   ? byte
              : byte < 0xE0 ? byte & 0x1F
              : byte < 0xF0 ? byte & 0x0F
                            : byte & 0x07;
    }
    return is_allowed();
  }

  std::vector<scope> scopes_;
};

struct opinion {
  ec error = ec::none;
  std::string kind;
};

inline bool has_only(const json& object, const char* name,
                     std::initializer_list<json::value_t> kinds) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null())
    return true;
  return std::find(kinds.begin(), kinds.end(), found->type()) != kinds.end();
}

inline bool is_good_line(const json& object) {
  using kind = json::value_t;
  if (!has_only(object, "sdpMid", {kind::string})
      || !has_only(object, "usernameFragment", {kind::string})
      || !has_only(object, "sdpMLineIndex",
                   {kind::number_integer, kind::number_unsigned,
                    kind::number_float}))
    return false;
  auto index = object.find("sdpMLineIndex");
  if (index == object.end() || index->is_null())
    return true;
  auto number = index->get<double>();
  return number >= 0 && number < 65536 && std::floor(number) == number;
}

inline bool is_good_init(const json& object) {
  return has_only(object, "candidate", {json::value_t::string})
         && (!object.contains("candidate") || object["candidate"].is_null()
             || object["candidate"].get<std::string>().size() <= 4096)
         && is_good_line(object);
}

inline bool is_good_candidate(const json& m) {
  if (m.contains("candidate") && m["candidate"].is_object())
    return is_good_init(m["candidate"]) && is_good_line(m);
  return is_good_init(m);
}

inline bool is_good_description(const json& d) {
  auto has_sdp = d.contains("sdp");
  if (d["type"] == "rollback")
    return !has_sdp || d["sdp"].is_string();
  return has_sdp && d["sdp"].is_string() && d["sdp"] != "";
}

inline opinion judge_form(const json& m) {
  static const std::set<std::string> descriptions{"offer", "answer", "pranswer",
                                                  "rollback"};
  static const std::set<std::string> servers{
    "welcome", "peer-joined", "peer-left",   "peer-disconnected", "ack",
    "error",   "draining",    "ice-servers", "token-expiring",    "pong"};
  auto good_if = [](bool good, const std::string& kind) {
    return opinion{good ? ec::none : ec::bad_member, kind};
  };
  if (!m.contains("type")) {
    auto count = m.count("description") + m.count("candidate");
    if (count != 1)
      return {count == 0 ? ec::unknown_type : ec::bad_member, ""};
    if (m.contains("candidate"))
      return good_if((m["candidate"].is_object() || m["candidate"].is_null())
                       && is_good_candidate(m),
                     "candidate");
    const auto& d = m["description"];
    auto type = d.is_object() && d.contains("type") && d["type"].is_string()
                  ? d["type"].get<std::string>()
                  : "";
    return good_if(descriptions.count(type) != 0 && is_good_description(d),
                   type);
  }
  if (!m["type"].is_string())
    return {ec::bad_member, ""};
  auto type = m["type"].get<std::string>();
  if (servers.count(type) != 0)
    return {ec::reserved, ""};
  if (descriptions.count(type) != 0)
    return good_if(is_good_description(m), type);
  if (type == "candidate")
    return good_if(is_good_candidate(m), type);
  if (type != "control")
    return {ec::unknown_type, ""};
  if (m.contains("action") && m["action"] == "schema-error")
    return {ec::reserved, ""};
  return good_if(
    m.contains("action") && m["action"].is_string() && m["action"] != "", type);
}

/// Nothing but the verdict is shared with the validator.
inline opinion slow_opinion(const std::string& text) {
  strict_listener listener;
  // nlohmann takes a byte order mark, and a NUL for the end.
  if (text.find('\0') != std::string::npos || text.rfind("\xEF\xBB\xBF", 0) == 0
      || !json::sax_parse(text, &listener))
    return {ec::bad_json, ""};
  auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return {ec::bad_json, ""};
  return judge_form(document);
}

} // namespace signalbox::test
