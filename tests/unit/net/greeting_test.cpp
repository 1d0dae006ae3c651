#include "net/greeting.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using Catch::Matchers::Contains;

TEST_CASE("greeting: names what answers on the port", "[greeting]") {
  CHECK_THAT(greeting(3002, false),
             Contains("curl http://localhost:3002/readyz")
               && Contains("ws://localhost:3002/?"));
  CHECK_THAT(greeting(443, true), Contains("curl https://localhost:443/readyz")
                                    && Contains("wss://localhost:443/?"));
}
