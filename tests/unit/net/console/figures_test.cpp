#include "net/console/figures.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace signalbox::console;

TEST_CASE("figures: durations have three digits", "[console]") {
  CHECK(duration_text(0) == "0us");
  CHECK(duration_text(0.00025) == "250us");
  CHECK(duration_text(0.00125) == "1.25ms");
  CHECK(duration_text(0.0125) == "12.5ms");
  CHECK(duration_text(0.999) == "999ms");
  CHECK(duration_text(0.9999) == "1.00s");
  CHECK(duration_text(125) == "125s");
}

TEST_CASE("figures: ages have two parts", "[console]") {
  CHECK(age_text(0.9) == "0s");
  CHECK(age_text(59.9) == "59s");
  CHECK(age_text(245) == "4m05s");
  CHECK(age_text(12000) == "3h20m");
  CHECK(age_text(12 * 86400 + 4 * 3600) == "12d04h");
  CHECK(age_text(-1) == "0s");
}

TEST_CASE("figures: sizes count by 1024", "[console]") {
  CHECK(bytes_text(0) == "0");
  CHECK(bytes_text(999) == "999");
  CHECK(bytes_text(1536) == "1.5K");
  CHECK(bytes_text(12 * 1024 * 1024) == "12.0M");
  CHECK(bytes_text(1023 * 1024) == "1.0M");
}

TEST_CASE("figures: small rates have a place", "[console]") {
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(0.44) == "0.4");
  CHECK(rate_text(12.4) == "12");
}

TEST_CASE("figures: what is not known is a dash", "[console]") {
  constexpr std::optional<double> unknowns[]{std::nullopt, NAN, INFINITY};
  for (const auto x : unknowns) {
    CHECK(duration_text(x) == "-");
    CHECK(age_text(x) == "-");
    CHECK(bytes_text(x) == "-");
    CHECK(rate_text(x) == "-");
    CHECK(count_text(x) == "-");
    CHECK(share_text(x) == "-");
  }
}

TEST_CASE("figures: absurd ones take a bounded space", "[console]") {
  CHECK(count_text(1e300) == "1000000000000000");
  CHECK(age_text(1e300) == "11574074d01h");
}

TEST_CASE("figures: a quantile is spread within its bucket", "[console]") {
  const histogram x{{1, 2, 4}, {0, 10, 10, 0}};
  CHECK(quantile(x, 0.5) == 2.0);
  CHECK(quantile(x, 0.25) == 1.5);
  CHECK(quantile(x, 0.75) == 3.0);
  CHECK(quantile({{1, 2}, {4, 0, 0}}, 0.5) == 0.5);
}

TEST_CASE("figures: a quantile above all bounds is the highest one",
          "[console]") {
  CHECK(quantile({{1, 2}, {1, 0, 99}}, 0.99) == 2.0);
}

TEST_CASE("figures: nothing has no quantile", "[console]") {
  CHECK_FALSE(quantile({{1, 2}, {0, 0, 0}}, 0.5));
  CHECK_FALSE(quantile({{}, {5}}, 0.5));
}

TEST_CASE("figures: a difference of histograms is what came", "[console]") {
  const histogram now{{1, 2}, {5, 6, 7}};
  CHECK(since(now, histogram{{1, 2}, {1, 2, 3}}).counts
        == std::vector<double>{4, 4, 4});
}

TEST_CASE("figures: histograms that do not fit are taken as they are",
          "[console]") {
  const histogram now{{1, 2}, {5, 6, 7}};
  CHECK(since(now, std::nullopt).counts == now.counts);
  CHECK(since(now, histogram{{1, 3}, {1, 2, 3}}).counts == now.counts);
  CHECK(since(now, histogram{{1, 2}, {6, 2, 3}}).counts == now.counts);
}

TEST_CASE("figures: what is no histogram is not read", "[console]") {
  const auto read = [](const char* text) {
    return read_histogram(*read_json(text)).has_value();
  };
  CHECK(read(R"({"bounds":[1,2],"counts":[0,0,0],"sumSeconds":0})"));
  CHECK_FALSE(read(R"({"bounds":[1,2],"counts":[0,0]})"));
  CHECK_FALSE(read(R"({"bounds":[2,1],"counts":[0,0,0]})"));
  CHECK_FALSE(read(R"({"bounds":["1"],"counts":[0,0]})"));
  CHECK_FALSE(read(R"({"bounds":1,"counts":{}})"));
  CHECK_FALSE(read("[]"));
}
