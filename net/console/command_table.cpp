#include "net/console/command_table.hpp"

#include <algorithm>
#include <iterator>

namespace signalbox::console {

namespace {

constexpr command_entry command_entries[] = {
  {command::top, "top", operand_rule::none, "",
   "What the node is doing, drawn again and again; q ends it. Where stdout is\n"
   "no terminal: once, as plain text, rates since the node's start.\n"},
  {command::overview, "overview", operand_rule::none, "",
   "What the node is doing, as one line of JSON.\n"},
  {command::sessions, "sessions", operand_rule::may_be, "ID",
   "The node's sessions; or one, with the last 32 things that happened to "
   "it.\n"},
  {command::rooms, "rooms", operand_rule::may_be, "ROOM",
   "The node's rooms; or one, with its members.\n"},
  {command::actors, "actors", operand_rule::may_be, "ID",
   "The node's actors: by kind, and the first by some column; or one, with "
   "what\n"
   "it handled and how long that took.\n"},
  {command::kick, "kick", operand_rule::must_be, "ID", "Ends a session.\n"},
  {command::close, "close", operand_rule::must_be, "ROOM",
   "Ends all sessions of a room on this node.\n"},
  {command::drain, "drain", operand_rule::none, "",
   "Sends everybody away, to other nodes, and lets nobody in.\n"},
  {command::log_level, "log-level", operand_rule::must_be, "LEVEL",
   "Changes the least level that is logged until the node ends: trace, debug,\n"
   "info, warn, error or off.\n"},
};

constexpr unsigned bit(command which) {
  return 1u << static_cast<unsigned>(which);
}

constexpr auto lists = bit(command::sessions) | bit(command::rooms)
                       | bit(command::actors);
constexpr auto every = ~0u;

const flag_entry flag_entries[] = {
  {.name = "--limit",
   .commands = lists,
   .value = "NUMBER",
   .help = "How many rows at most; 0 is all of them. Of actors the node gives\n"
           "1000 at most. Default: 100, of actors 20.",
   .count = &console_options::limit},
  {.name = "--filter",
   .commands = lists,
   .value = "TEXT",
   .help = "Only those with this text in their id; sessions also by room,\n"
           "address and subject, actors by session and room.",
   .text = &console_options::filter},
  {.name = "--sort",
   .commands = lists,
   .value = "COLUMN",
   .help = "id, messages, bytes, unsent or age; of actors handlingSeconds,\n"
           "handled, mailboxNow, mailboxMax, age or restarts. Largest and\n"
           "oldest first. Default: id, of actors handlingSeconds.",
   .text = &console_options::sort},
  {.name = "--kind",
   .commands = bit(command::actors),
   .value = "KIND",
   .help = "Only actors of this kind.",
   .text = &console_options::kind},
  {.name = "--interval",
   .commands = bit(command::top),
   .value = "SECONDS",
   .help = "Between two drawings, 0.25 to 60. Default: 1.",
   .time = &console_options::interval},
  {.name = "--once",
   .commands = bit(command::top),
   .value = "",
   .help = "Once, as plain text.",
   .truth = &console_options::is_once},
  {.name = "--cancel",
   .commands = bit(command::drain),
   .value = "",
   .help = "Ends a drain: the node lets clients in again.",
   .truth = &console_options::is_cancel},
  {.name = "--wait",
   .commands = bit(command::drain),
   .value = "",
   .help = "Ends when no session is left.",
   .truth = &console_options::is_wait},
  {.name = "--timeout",
   .commands = bit(command::drain),
   .value = "SECONDS",
   .help = "How long --wait waits, 0.25 to 86400. Default: 60.",
   .time = &console_options::timeout},
  {.name = "--json",
   .commands = every & ~bit(command::top),
   .value = "",
   .help = "What the node answered, as one line of JSON in ASCII.",
   .truth = &console_options::wants_json},
  {.name = "--admin-url",
   .commands = every,
   .value = "URL",
   .help =
     "Where the node's admin API is, without /admin: http://HOST:PORT or\n"
     "https://HOST:PORT; a path is a prefix. Default: ADMIN_URL, or\n"
     "127.0.0.1 with the port of HEALTH_PORT or PORT, or 3002.",
   .text = &console_options::admin_url},
  {.name = "--token-file",
   .commands = every,
   .value = "FILE",
   .help = "File that holds the node's ADMIN_TOKEN. Default: the variable\n"
           "ADMIN_TOKEN; without one the node lets in its own machine alone.",
   .text = &console_options::token_file},
  {.name = "--token",
   .commands = every,
   .value = "TOKEN",
   .help = "The token itself. Everybody on this machine can read it in the\n"
           "list of processes: prefer --token-file.",
   .text = &console_options::token},
  {.name = "--ca-file",
   .commands = every,
   .value = "FILE",
   .help = "Certificates that the node's own is checked against (PEM).\n"
           "Default: SSL_CERT_FILE, or the system's.",
   .text = &console_options::ca_file},
  {.name = "--help",
   .commands = every,
   .value = "",
   .help = "Shows this, and stops.",
   .truth = &console_options::wants_help},
};

} // namespace

std::span<const command_entry> all_commands() noexcept {
  return command_entries;
}

const command_entry& entry_of(command which) {
  return *std::find_if(std::begin(command_entries), std::end(command_entries),
                       [which](const auto& x) { return x.which == which; });
}

std::span<const flag_entry> all_flags() noexcept {
  return flag_entries;
}

bool takes(command which, const flag_entry& flag) noexcept {
  return (flag.commands & bit(which)) != 0;
}

const flag_entry* flag_named(command which, std::string_view name) noexcept {
  if (name == "-h")
    name = "--help";
  const auto* found = std::find_if(std::begin(flag_entries),
                                   std::end(flag_entries), [&](const auto& x) {
                                     return x.name == name && takes(which, x);
                                   });
  return found == std::end(flag_entries) ? nullptr : found;
}

} // namespace signalbox::console
