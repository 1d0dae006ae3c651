// The README's table of options and conf/signalbox.toml are made from the table
// in conf/table.cpp. `unit_conf "[.render]" -o /dev/null` prints the first,
// `"[.render-sample]"` in its place the second.

#include <iostream>

#include <catch2/catch.hpp>

#include "conf/render.hpp"
#include "fixture.hpp"
#include "tests/support/source_tree.hpp"

using namespace signalbox;
using namespace signalbox::test;

TEST_CASE("readme: its table of options is what the table renders",
          "[readme]") {
  const std::string begin = "<!-- options -->\n";
  const std::string end = "<!-- /options -->";
  auto text = content_of(source_tree() / "README.md");
  auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  from += begin.size();
  auto to = text.find(end, from);
  REQUIRE(to != std::string::npos);
  // Blank lines beside the markers are the page's affair.
  auto table = text.substr(from, to - from);
  table.erase(0, table.find_first_not_of('\n'));
  table.erase(table.find_last_not_of('\n') + 1);
  CHECK(table + '\n' == render_markdown());
}

TEST_CASE("render: the README's table", "[.render]") {
  std::cout << render_markdown();
}

TEST_CASE("render: the sample file", "[.render-sample]") {
  std::cout << render_sample();
}
