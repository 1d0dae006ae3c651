// What comes from Redis and from other nodes: any bytes as an envelope, as a
// member's id and as a cluster's redirection.

#include "backplane/cluster_slots.hpp"
#include "backplane/envelope.hpp"
#include "backplane/member_id.hpp"
#include "tests/fuzz/property.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

using nlohmann::json;

constexpr std::size_t text_bytes_max = 65536;

/// A string; nothing if it is missing or null.
std::string id_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string{};
}

bool says_leave(const json& message) {
  const auto type = message.find("type");
  return type != message.end() && *type == "peer-disconnected";
}

/// Another parser takes of the text what is read; like JSON.parse, it takes the
/// last of repeated members.
void hold_opinion(std::string_view text, const envelope& found) {
  const auto all = json::parse(text, nullptr, false);
  // A number that fits no double apart, it takes all that simdjson takes.
  hold(all.is_object(), "what is read is an object to others too");
  hold(id_in(all, "senderId") == found.sender, "the same sender");
  hold(id_in(all, "originServerId") == found.origin, "the same origin");
  const auto message = json::parse(found.data, nullptr, false);
  hold(message.is_object() && message == all.value("data", json{}),
       "the same message");
  hold(says_leave(message) == found.is_leave, "the same kind of message");
}

void hold_envelope(std::string_view text) {
  static envelope_parser experienced{text_bytes_max};
  envelope_parser fresh{text_bytes_max};
  const auto found = fresh.parse(text);
  const auto again = experienced.parse(text);
  hold(found.has_value() == again.has_value(), "earlier texts do not matter");
  if (!found)
    return;
  hold(found->data.data() >= text.data()
         && found->data.data() + found->data.size()
              <= text.data() + text.size(),
       "a message is a part of the text");
  hold(found->data == again->data && found->sender == again->sender
         && found->origin == again->origin
         && found->is_leave == again->is_leave,
       "the same is read again");
  hold_opinion(text, *found);
  std::string written;
  append_envelope(written, "sender", found->data, "node");
  const auto back = experienced.parse(written);
  hold(written.size() > text_bytes_max
         || (back && back->data == found->data && back->sender == "sender"
             && back->origin == "node"),
       "what is written is read");
}

void hold_member(std::string_view text) {
  const auto holder = holder_of(text);
  const auto number = number_of(text);
  hold(holder.has_value() == number.has_value(), "ours has both, or it is not");
  if (holder)
    hold(make_member(*holder, *number) == text, "an id has one spelling");
  else
    node_of(text);
}

void hold_redirect(std::string_view text) {
  const auto found = parse_redirect(text);
  if (found) {
    const auto written = (found->is_ask ? "ASK " : "MOVED ")
                         + std::to_string(found->slot) + " " + found->host + ":"
                         + std::to_string(found->port);
    hold(written == text, "a redirection has one spelling");
    hold(found->slot < cluster_slots, "its slot is one");
  }
  const auto slot = slot_of(text);
  hold(slot < cluster_slots, "every key has a slot");
  hold(text.find('{') != std::string_view::npos
         || slot == slot_of("{" + std::string{text} + "}") || text.empty()
         || text[0] == '}' || text.find('}') != std::string_view::npos,
       "a key is with its own tag");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  hold_envelope(text);
  hold_member(text);
  hold_redirect(text);
  return 0;
}
