// What the tests of conf share: files that vanish, and short ways to load.

#pragma once

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "conf/load.hpp"

namespace signalbox::test {

/// A file with `content` for the life of this object.
class scratch_file {
public:
  explicit scratch_file(std::string_view content) {
    int descriptor = mkstemp(path_.data());
    REQUIRE(descriptor >= 0);
    close(descriptor);
    std::ofstream{path_} << content;
  }

  ~scratch_file() { unlink(path_.c_str()); }

  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  const std::string& path() const { return path_; }
  std::string place(int line) const {
    return path_ + ':' + std::to_string(line);
  }

private:
  std::string path_ = "/tmp/signalbox-conf-XXXXXX";
};

using texts = std::vector<std::string>;

inline load_result loaded(const texts& arguments, const texts& environment) {
  auto result = load(arguments, environment);
  INFO(result.text);
  REQUIRE(result.action == start_action::run);
  return result;
}

inline options options_of(const texts& arguments, const texts& environment) {
  return loaded(arguments, environment).settings;
}

/// The complaints, one a line.
inline std::string failure_of(const texts& arguments,
                              const texts& environment) {
  auto result = load(arguments, environment);
  REQUIRE(result.action == start_action::fail);
  return result.text;
}

inline std::string print_of(const texts& arguments, const texts& environment) {
  auto result = load(arguments, environment);
  INFO(result.text);
  REQUIRE(result.action == start_action::print);
  return result.text;
}

inline std::string content_of(const std::string& path) {
  std::ifstream file{path};
  INFO(path);
  REQUIRE(file);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

inline Catch::Matchers::StdString::ContainsMatcher
contains(const std::string& text) {
  return Catch::Matchers::Contains(text);
}

} // namespace signalbox::test
