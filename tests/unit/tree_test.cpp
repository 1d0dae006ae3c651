// Holds what the source tree promises: who includes whom, and how files look.

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/source_tree.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path root = signalbox::test::source_tree();

const std::vector<std::string> folders{"conf", "schema", "actors", "net",
                                       "backplane"};

/// What the files of a folder may include from the tree.
const std::map<std::string, std::set<std::string>> may_include{
  {"conf", {"conf"}},
  {"schema", {"schema"}},
  {"actors", {"actors", "conf", "schema"}},
  {"net", {"net", "actors", "conf", "schema"}},
  {"backplane", {"backplane", "actors", "conf", "schema"}},
  {"", {"conf", "schema", "actors", "net", "backplane"}}, // main.cpp
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in{path};
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

bool is_header(const fs::path& path) {
  return path.extension() == ".hpp";
}

bool is_source(const fs::path& path) {
  return is_header(path) || path.extension() == ".cpp";
}

/// The folder's sources by their path from the root; main.cpp for "".
std::vector<fs::path> sources_in(const std::string& folder) {
  if (folder.empty())
    return {"main.cpp"};
  std::vector<fs::path> result;
  for (auto& x : fs::recursive_directory_iterator{root / folder})
    if (x.is_regular_file() && is_source(x.path()))
      result.push_back(fs::relative(x.path(), root));
  std::sort(result.begin(), result.end());
  return result;
}

struct include {
  std::string name;
  bool is_ours;
};

std::vector<include> includes_of(const fs::path& path) {
  static const std::regex pattern{
    R"re(\s*#\s*include\s*([<"])([^>"]+)[>"].*)re"};
  std::vector<include> result;
  std::smatch match;
  for (const auto& line : lines_of(root / path))
    if (std::regex_match(line, match, pattern))
      result.push_back({match[2], match[1] == "\""});
  return result;
}

/// Files made by the build carry no folder.
bool is_made_by_the_build(const std::string& include) {
  return include.find('/') == std::string::npos;
}

std::vector<std::string> outside_includes(const std::string& folder,
                                          const std::regex& forbidden) {
  std::vector<std::string> result;
  for (const auto& path : sources_in(folder))
    for (const auto& x : includes_of(path))
      if (!x.is_ours && std::regex_search(x.name, forbidden))
        result.push_back(path.string() + " includes " + x.name);
  return result;
}

/// Characters, not bytes.
std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
    std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

const std::vector<std::string> nothing;

} // namespace

TEST_CASE("tree: every folder has sources", "[tree]") {
  for (const auto& folder : folders)
    CHECK_FALSE(sources_in(folder).empty());
}

TEST_CASE("tree: folders include only what is below them", "[tree]") {
  std::vector<std::string> wrong;
  for (const auto& [folder, allowed] : may_include)
    for (const auto& path : sources_in(folder))
      for (const auto& x : includes_of(path))
        if (x.is_ours && !is_made_by_the_build(x.name)
            && !allowed.count(x.name.substr(0, x.name.find('/'))))
          wrong.push_back(path.string() + " includes " + x.name);
  CHECK(wrong == nothing);
}

TEST_CASE("tree: what is included from the tree is there", "[tree]") {
  std::vector<std::string> wrong;
  for (const auto& [folder, allowed] : may_include)
    for (const auto& path : sources_in(folder))
      for (const auto& x : includes_of(path))
        if (x.is_ours && !is_made_by_the_build(x.name)
            && !fs::exists(root / x.name))
          wrong.push_back(path.string() + " includes " + x.name);
  CHECK(wrong == nothing);
}

TEST_CASE("tree: schema knows no actors and no sockets", "[tree]") {
  const std::regex forbidden{
    "^(caf|boost|hiredis|openssl|prometheus)/"
    "|^(sys/|netinet/|arpa/|netdb.h|unistd.h|poll.h)"};
  CHECK(outside_includes("schema", forbidden) == nothing);
}

TEST_CASE("tree: actors know no sockets and no Redis", "[tree]") {
  const std::regex forbidden{
    "^(boost/(asio|beast)|hiredis)"
    "|^(sys/|netinet/|arpa/|netdb.h|unistd.h|poll.h)"};
  CHECK(outside_includes("actors", forbidden) == nothing);
}

TEST_CASE("tree: one file knows hiredis", "[tree]") {
  std::vector<std::string> found;
  for (const auto& [folder, allowed] : may_include)
    for (const auto& x : outside_includes(folder, std::regex{"^hiredis"}))
      found.push_back(x);
  CHECK(found
        == std::vector<std::string>{
          "backplane/resp.cpp includes hiredis/hiredis.h"});
}

TEST_CASE("tree: every header may be included twice", "[tree]") {
  std::vector<std::string> wrong;
  for (const auto& folder : folders) {
    for (const auto& path : sources_in(folder)) {
      const auto lines = lines_of(root / path);
      const auto is_guarded =
        std::find(lines.begin(), lines.end(), "#pragma once") != lines.end();
      if (is_header(path) != is_guarded)
        wrong.push_back(path.string());
    }
  }
  CHECK(wrong == nothing);
}

TEST_CASE("tree: no line is longer than 80 columns", "[tree]") {
  std::vector<std::string> wrong;
  for (const auto& folder : {"", "conf", "schema", "actors", "net", "backplane",
                             "tests/support", "tests/unit"}) {
    for (const auto& path : sources_in(folder)) {
      const auto lines = lines_of(root / path);
      for (std::size_t i = 0; i < lines.size(); ++i)
        if (columns_of(lines[i]) > 80
            && lines[i].find("://") == std::string::npos)
          wrong.push_back(path.string() + ":" + std::to_string(i + 1));
    }
  }
  CHECK(wrong == nothing);
}

TEST_CASE("tree: every folder says what it holds", "[tree]") {
  std::vector<std::string> wrong;
  for (const auto& folder : folders)
    if (!fs::exists(root / folder / "README.md"))
      wrong.push_back(folder);
  CHECK(wrong == nothing);
}
