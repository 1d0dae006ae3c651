#include "backplane/scripts.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

using namespace signalbox;

namespace {

std::string file_text(const std::string& name) {
  std::ifstream in{std::string{SIGNALBOX_SOURCE_DIR} + "/backplane/scripts/"
                   + name + ".lua"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

script_id script_at(std::size_t index) {
  return static_cast<script_id>(index);
}

} // namespace

TEST_CASE("scripts: each is the file of its name", "[scripts]") {
  for (std::size_t i = 0; i < script_ids; ++i) {
    const std::string text{text_of(script_at(i))};
    const auto file = file_text(std::string{name_of(script_at(i))});
    CAPTURE(name_of(script_at(i)));
    REQUIRE_FALSE(file.empty());
    CHECK(text.ends_with(file));
  }
}

TEST_CASE("scripts: what those about rooms share is in front of them",
          "[scripts]") {
  const auto shared = file_text("members") + "\n";
  REQUIRE(shared.size() > 1);
  for (const auto script : {script_id::join, script_id::leave,
                            script_id::reconcile, script_id::sweep})
    CHECK(text_of(script)
          == shared + file_text(std::string{name_of(script)}));
  for (const auto script : {script_id::compensate, script_id::lease,
                            script_id::probe, script_id::count_connection})
    CHECK(text_of(script) == file_text(std::string{name_of(script)}));
}

TEST_CASE("scripts: names are unique", "[scripts]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < script_ids; ++i)
    names.insert(name_of(script_at(i)));
  CHECK(names.size() == script_ids);
}
