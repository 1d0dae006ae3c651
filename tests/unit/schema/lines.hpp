// Reads the messages kept one a line beside the tests; the Node test of the
// JSON Schema files reads the same ones.

#pragma once

#include "schema/error.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/source_tree.hpp"

namespace signalbox::test {

/// The messages whose outcome is `outcome`; those that are taken are `none`.
inline std::vector<std::string> lines_of(ec outcome) {
  auto stem = outcome == ec::none ? "valid" : name_of(outcome);
  std::ifstream file{source_tree() / "tests/unit/schema/messages"
                     / (std::string{stem} + ".ndjson")};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

} // namespace signalbox::test
