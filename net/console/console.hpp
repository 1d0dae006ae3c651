// The commands that ask a running node, for `main`: `signalbox top` and its
// kin.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace signalbox {

/// The exit code, if the first of `arguments` (without the program's name)
/// names a command; else nothing was done. `environment` as NAME=VALUE. 0 done,
/// 1 the node cannot be reached or said no, 2 the command line is wrong. Starts
/// no thread that outlives it; a signal ends it as any program, but for `top`.
std::optional<int> run_console(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment);

} // namespace signalbox
