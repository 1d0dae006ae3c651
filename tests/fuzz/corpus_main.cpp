// Runs a fuzz target over its seeds as a plain test, on any compiler: an
// argument for each folder of seeds. Fails if a folder has none.

#include "tests/fuzz/property.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error;
  for (const auto& x : fs::directory_iterator{folder, error})
    if (x.is_regular_file())
      result.push_back(x.path());
  std::sort(result.begin(), result.end());
  return result;
}

void run(const fs::path& path) {
  // Said before, so that a crash has a name.
  std::cout << path.filename().string() << std::endl;
  std::ifstream file{path, std::ios::binary};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  // A copy of the exact size: reading past its end is seen by a sanitizer.
  const std::vector<std::uint8_t> bytes{content.begin(), content.end()};
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> folders{argv + 1, argv + argc};
  if (folders.empty()) {
    std::cerr << "expected a folder of seeds\n";
    return 2;
  }
  for (const auto& folder : folders) {
    const auto files = files_in(folder);
    if (files.empty()) {
      std::cerr << folder << ": expected seeds\n";
      return 1;
    }
    for (const auto& path : files)
      run(path);
  }
  return 0;
}
