#include "tests/support/source_tree.hpp"

namespace signalbox::test {

std::filesystem::path source_tree() {
  return SIGNALBOX_SOURCE_DIR;
}

} // namespace signalbox::test
