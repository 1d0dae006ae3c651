#include "net/console/console.hpp"

#include "net/console/access.hpp"
#include "net/console/admin_client.hpp"
#include "net/console/arguments.hpp"
#include "net/console/commands.hpp"
#include "net/console/top.hpp"

#include <exception>
#include <iostream>

namespace signalbox {

namespace {

using namespace console;

int run(const console_options& options, const admin_access& access) {
  admin_client client{access};
  const auto code = options.command == command::top
                      ? run_top(options, client)
                      : run_command(options, client);
  // A full disk, say.
  if (!std::cout.flush()) {
    std::cerr << "signalbox: cannot write to stdout\n";
    return 1;
  }
  return code;
}

} // namespace

std::optional<int> run_console(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment) {
  const auto which = arguments.empty() ? std::nullopt
                                       : command_named(arguments.front());
  if (!which)
    return std::nullopt;
  auto [options, errors] =
    parse_arguments(*which, {arguments.begin() + 1, arguments.end()});
  if (options.wants_help) {
    std::cout << help_of(*which);
    return 0;
  }
  auto found = access_of(options, environment);
  errors.insert(errors.end(), found.errors.begin(), found.errors.end());
  for (const auto& x : errors)
    std::cerr << "signalbox " << arguments.front() << ": " << x << '\n';
  if (!errors.empty())
    return 2;
  try {
    return run(options, found.access);
  } catch (const std::exception& e) {
    std::cerr << "signalbox: " << e.what() << '\n';
    return 1;
  }
}

} // namespace signalbox
