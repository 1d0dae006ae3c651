#include "backplane/scripts.hpp"

#include "tests/support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

using namespace signalbox;
using namespace signalbox::test;

namespace {

std::string file_text(const std::string& name) {
  std::ifstream in{source_tree() / "backplane/scripts" / (name + ".lua")};
  return {std::istreambuf_iterator<char>{in}, {}};
}

script_id script_at(std::size_t index) {
  return static_cast<script_id>(index);
}

} // namespace

TEST_CASE("scripts: what those about rooms share is in front of them",
          "[scripts]") {
  const auto shared = file_text("members") + "\n";
  REQUIRE(shared.size() > 1);
  for (const auto script :
       {script_id::join, script_id::leave, script_id::compensate,
        script_id::reconcile, script_id::sweep}) {
    CAPTURE(name_of(script));
    const auto file = file_text(std::string{name_of(script)});
    const auto is_both = !file.empty() && text_of(script) == shared + file;
    CHECK(is_both);
  }
}

TEST_CASE("scripts: the others are the files of their names", "[scripts]") {
  for (const auto script :
       {script_id::lease, script_id::probe, script_id::count_connection}) {
    CAPTURE(name_of(script));
    const auto file = file_text(std::string{name_of(script)});
    const auto is_file = !file.empty() && text_of(script) == file;
    CHECK(is_file);
  }
}

TEST_CASE("scripts: names are unique", "[scripts]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < script_ids; ++i)
    names.insert(name_of(script_at(i)));
  CHECK(names.size() == script_ids);
}
