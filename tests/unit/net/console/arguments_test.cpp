#include "net/console/arguments.hpp"

#include "conf/render.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using namespace signalbox;
using namespace signalbox::console;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

const words nothing;

console_options options_of(command which, const words& arguments) {
  auto result = parse_arguments(which, arguments);
  CHECK(result.errors == nothing);
  return result.options;
}

words errors_of(command which, const words& arguments) {
  return parse_arguments(which, arguments).errors;
}

} // namespace

TEST_CASE("arguments: a command is named by its whole word", "[console]") {
  CHECK(command_named("log-level") == command::log_level);
  CHECK_FALSE(command_named("log"));
  CHECK_FALSE(command_named(""));
  CHECK_FALSE(command_named("--top"));
}

TEST_CASE("arguments: flags and the operand come in any order", "[console]") {
  const auto x = options_of(command::sessions, {"--json", "7", "--token=a=b"});
  CHECK(x.command == command::sessions);
  CHECK(x.operand == "7");
  CHECK(x.wants_json);
  CHECK(x.token == "a=b");
}

TEST_CASE("arguments: of a repeated flag the last counts", "[console]") {
  CHECK(options_of(command::rooms, {"--limit", "1", "--limit=0"}).limit == 0u);
}

TEST_CASE("arguments: no limit is another thing than 0", "[console]") {
  CHECK_FALSE(options_of(command::rooms, {}).limit);
}

TEST_CASE("arguments: behind -- nothing is a flag", "[console]") {
  CHECK(options_of(command::close, {"--json", "--", "--json"}).operand
        == "--json");
  CHECK(options_of(command::close, {"-"}).operand == "-");
}

TEST_CASE("arguments: a value may begin with a dash", "[console]") {
  CHECK(options_of(command::rooms, {"--filter", "-x"}).filter == "-x");
}

TEST_CASE("arguments: a flag without its value is named", "[console]") {
  CHECK(errors_of(command::rooms, {"--filter"})
        == words{"--filter: expected a value after it"});
  CHECK(errors_of(command::rooms, {"--filter", "--limit=3"})
        == words{"--filter: expected a value after it"});
}

TEST_CASE("arguments: a flag of another command is unknown", "[console]") {
  CHECK(errors_of(command::sessions, {"--kind", "room"})
        == words{"--kind: unknown flag"});
  CHECK(errors_of(command::top, {"--json"}) == words{"--json: unknown flag"});
}

TEST_CASE("arguments: what follows an unknown flag is not repeated",
          "[console]") {
  CHECK(errors_of(command::top, {"--tokn", "hush"})
        == words{"--tokn: unknown flag"});
  CHECK(errors_of(command::top, {"--tokn=hush"})
        == words{"--tokn: unknown flag"});
}

TEST_CASE("arguments: a flag that is true or not takes no value", "[console]") {
  CHECK(errors_of(command::rooms, {"--json=yes"})
        == words{"--json: takes no value"});
}

TEST_CASE("arguments: numbers have bounds", "[console]") {
  CHECK(options_of(command::rooms, {"--limit", "1000000"}).limit == 1'000'000u);
  for (const auto* bad : {"1000001", "-1", "x", "", "1.5"})
    CHECK(errors_of(command::rooms, {std::string{"--limit="} + bad}).size()
          == 1);
  CHECK(errors_of(command::rooms, {"--limit=x"})
        == words{"--limit: expected a whole number from 0 to 1000000, not x"});
}

TEST_CASE("arguments: seconds may have three places", "[console]") {
  CHECK(options_of(command::top, {"--interval", "0.25"}).interval == 250ms);
  CHECK(options_of(command::top, {"--interval", "1.005"}).interval == 1005ms);
  CHECK(options_of(command::top, {"--interval", "60"}).interval == 60s);
  CHECK(options_of(command::drain, {"--wait", "--timeout=86400"}).timeout
        == 86400s);
  for (const auto* bad : {"0.249", "60.001", "1.", ".5", "1.0005", "1e1", "-1"})
    CHECK(errors_of(command::top, {std::string{"--interval="} + bad}).size()
          == 1);
  CHECK(errors_of(command::top, {"--interval=0"})
        == words{"--interval: expected seconds from 0.25 to 60, not 0"});
}

TEST_CASE("arguments: an operand that is needed is asked for", "[console]") {
  CHECK(errors_of(command::kick, {}) == words{"ID: expected one"});
  CHECK(errors_of(command::kick, {""}) == words{"ID: must not be empty"});
  CHECK(errors_of(command::kick, {"1", "2"})
        == words{"2: one argument is enough"});
  CHECK(errors_of(command::top, {"x"}) == words{"x: unexpected argument"});
}

TEST_CASE("arguments: what contradicts itself is refused", "[console]") {
  CHECK(errors_of(command::drain, {"--wait", "--cancel"})
        == words{"--wait: not with --cancel"});
  CHECK(errors_of(command::drain, {"--timeout", "5"})
        == words{"--timeout: only with --wait"});
  CHECK(errors_of(command::top, {"--token", "a", "--token-file", "b"})
        == words{"--token: not with --token-file"});
  CHECK(errors_of(command::rooms, {"lobby", "--limit", "3"})
        == words{"--limit: not with ROOM"});
}

TEST_CASE("arguments: a level is one of the node's", "[console]") {
  CHECK(options_of(command::log_level, {"DEBUG"}).operand == "debug");
  CHECK(errors_of(command::log_level, {"loud"})
        == words{"LEVEL: expected trace, debug, info, warn, error or off, not "
                 "loud"});
}

TEST_CASE("arguments: each command's help has 80 columns and its flags",
          "[console]") {
  for (const auto name : command_names()) {
    const auto help = help_of(*command_named(name));
    CAPTURE(help);
    CHECK(help.starts_with("Usage: signalbox " + std::string{name}));
    CHECK(help.find("--admin-url URL") != std::string::npos);
    CHECK(help.find("Exit code: 0 done") != std::string::npos);
    std::istringstream lines{help};
    for (std::string line; std::getline(lines, line);)
      CHECK(line.size() <= 80);
  }
}

TEST_CASE("arguments: the node's help names every command", "[console]") {
  const auto help = render_help();
  const auto section = help.substr(
    help.find("Commands"), help.find("Listening:") - help.find("Commands"));
  for (const auto name : command_names())
    CHECK(section.find(name) != std::string::npos);
}
