// Where the tests' own checkout lies, for those that read its files.

#pragma once

#include <filesystem>

namespace signalbox::test {

/// The folder that holds `CMakeLists.txt`, `conf`, `tests`; absolute.
std::filesystem::path source_tree();

} // namespace signalbox::test
