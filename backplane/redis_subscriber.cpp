#include "backplane/redis_subscriber.hpp"

#include <utility>

namespace signalbox {

namespace {

// Where Redis 6 and 7 tell a RESP2 connection of changed keys
// (https://redis.io/docs/manual/client-side-caching).
constexpr std::string_view invalidation_channel = "__redis__:invalidate";

// Taken up again after a reconnect, so many in one command.
constexpr std::size_t channels_per_command = 256;

bool is_pushed(const resp_value& x, std::string_view what, std::size_t size) {
  return x.items.size() == size
         && (x.items[0].text == what
             || (x.items[0].text.starts_with('s')
                 && std::string_view{x.items[0].text}.substr(1) == what));
}

} // namespace

redis_subscriber::redis_subscriber(caf::actor_config& config, home& where,
                                   server_id server, const redis_login& login,
                                   bool is_sharded,
                                   redis_backplane_actor backplane)
  : pinned(config, where, actor_kind::subscriber),
    server_(server),
    login_(login),
    is_sharded_(is_sharded),
    backplane_(std::move(backplane)),
    link_(where, login_, "subscriber", *this) {
  // nop
}

redis_subscriber::behavior_type redis_subscriber::make_behavior() {
  return {
    [this](target_atom, const wire_target& target) { link_.aim_at(target); },
    [this](channel_atom, const std::string& channel) { subscribe(channel); },
    [this](hush_atom, const std::string& channel) { unsubscribe(channel); },
    [this](renew_atom) { link_.fail("what was published did not come back"); },
    [this](beat_atom) { link_.beat(); },
  };
}

void redis_subscriber::subscribe(const std::string& channel) {
  channels_.insert(channel);
  if (!link_.is_up())
    return;
  std::string command;
  append_command(command, {is_sharded_ ? "SSUBSCRIBE" : "SUBSCRIBE", channel});
  link_.write(command);
}

void redis_subscriber::unsubscribe(const std::string& channel) {
  if (channels_.erase(channel) == 0 || !link_.is_up())
    return;
  std::string command;
  append_command(command,
                 {is_sharded_ ? "SUNSUBSCRIBE" : "UNSUBSCRIBE", channel});
  link_.write(command);
}

// -- what is heard ------------------------------------------------------------

void redis_subscriber::link_received(resp_value&& value) {
  using kind = heard_event::kind;
  if (value.is_error()) {
    heard_.push_back({kind::refused, {}, std::move(value.text)});
    return;
  }
  auto& items = value.items;
  if (is_pushed(value, "message", 3)) {
    if (items[1].text != invalidation_channel) {
      heard_.push_back(
        {kind::message, std::move(items[1].text), std::move(items[2].text)});
      return;
    }
    if (items[2].items.empty())
      heard_.push_back({kind::all_invalidated, {}, {}});
    for (auto& key : items[2].items)
      heard_.push_back({kind::invalidated, {}, std::move(key.text)});
  } else if (is_pushed(value, "subscribe", 3)) {
    heard_.push_back({kind::subscribed, std::move(items[1].text), {}});
  } else if (is_pushed(value, "unsubscribe", 3)) {
    // Not asked for: the slot is served elsewhere now.
    if (channels_.contains(items[1].text))
      heard_.push_back({kind::unsubscribed, std::move(items[1].text), {}});
  }
}

void redis_subscriber::link_event_over() {
  if (!heard_.empty())
    send(backplane_, heard_atom_v, server_,
         heard_ptr{std::make_shared<const std::vector<heard_event>>(
           std::exchange(heard_, {}))});
}

// -- the link -----------------------------------------------------------------

std::vector<redis_greeting> redis_subscriber::greeting() {
  std::vector<redis_greeting> result(2);
  append_command(result[0].command, {"CLIENT", "ID"});
  append_command(result[1].command, {"SUBSCRIBE", invalidation_channel});
  result[1].is_optional = true;
  return result;
}

void redis_subscriber::link_up(std::vector<resp_value> replies) {
  const auto& changes = replies[1];
  send(backplane_, up_atom_v, server_, replies[0].integer,
       changes.is_error() ? changes.text : std::string{});
  std::vector<std::string_view> words;
  std::string commands;
  for (const auto& channel : channels_) {
    if (words.empty())
      words.push_back(is_sharded_ ? "SSUBSCRIBE" : "SUBSCRIBE");
    words.push_back(channel);
    // Of sharded channels those of one slot only may stand in one command.
    if (is_sharded_ || words.size() > channels_per_command) {
      append_command(commands, words);
      words.clear();
    }
  }
  if (!words.empty())
    append_command(commands, words);
  link_.write(commands);
}

void redis_subscriber::link_down() {
  heard_.clear();
  send(backplane_, up_atom_v, server_, std::int64_t{0}, std::string{});
}

void redis_subscriber::on_exit() {
  link_.aim_at(std::nullopt);
}

} // namespace signalbox
