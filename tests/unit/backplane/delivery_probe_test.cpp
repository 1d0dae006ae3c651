#include "backplane/delivery_probe.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

const delivery_probe::time_point start{1h};

} // namespace

TEST_CASE("delivery_probe: the first one is due at once", "[delivery_probe]") {
  delivery_probe probe;
  CHECK(probe.is_due(start));
}

TEST_CASE("delivery_probe: the next one is due a period after the last",
          "[delivery_probe]") {
  delivery_probe probe;
  const auto payload = probe.send(start);
  CHECK_FALSE(probe.is_due(start + 1h));
  CHECK(probe.heard(payload, start + 3ms) == 3ms);
  CHECK_FALSE(probe.is_due(start + 249ms));
  CHECK(probe.is_due(start + 250ms));
}

TEST_CASE("delivery_probe: an earlier one that comes back says nothing",
          "[delivery_probe]") {
  delivery_probe probe;
  const auto first = probe.send(start);
  CHECK(probe.is_late(start + 600ms));
  const auto second = probe.send(start + 700ms);
  CHECK_FALSE(probe.heard(first, start + 701ms));
  CHECK(probe.heard(second, start + 702ms) == 2ms);
  CHECK_FALSE(probe.heard(second, start + 703ms));
}

TEST_CASE("delivery_probe: it is late once, after its patience",
          "[delivery_probe]") {
  delivery_probe probe;
  probe.send(start);
  CHECK_FALSE(probe.is_late(start + 599ms));
  CHECK(probe.is_late(start + 600ms));
  CHECK_FALSE(probe.is_late(start + 601ms));
}

TEST_CASE("delivery_probe: three published and unheard mean a deaf subscriber",
          "[delivery_probe]") {
  delivery_probe probe;
  auto now = start;
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(probe.is_deaf());
    probe.send(now);
    probe.published();
    now += 600ms;
    CHECK(probe.is_late(now));
  }
  CHECK(probe.is_deaf());
  CHECK_FALSE(probe.is_deaf());
}

TEST_CASE("delivery_probe: what was never published makes nobody deaf",
          "[delivery_probe]") {
  delivery_probe probe;
  auto now = start;
  for (int i = 0; i < 9; ++i) {
    probe.send(now);
    now += 600ms;
    CHECK(probe.is_late(now));
  }
  CHECK_FALSE(probe.is_deaf());
}

TEST_CASE("delivery_probe: a failed one is not under way any more",
          "[delivery_probe]") {
  delivery_probe probe;
  CHECK_FALSE(probe.failed());
  const auto payload = probe.send(start);
  CHECK(probe.failed());
  CHECK_FALSE(probe.heard(payload, start));
  CHECK_FALSE(probe.is_late(start + 1h));
}
