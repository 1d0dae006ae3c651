#include "net/upgrade.hpp"

#include <catch2/catch.hpp>

using signalbox::authority_of;
using signalbox::query_of;
using signalbox::route;
using signalbox::route_of;

namespace {

route get(std::string_view target) {
  return route_of("GET", target, false);
}

route upgrade_of(std::string_view target) {
  return route_of("GET", target, true);
}

} // namespace

TEST_CASE("upgrade_route: each endpoint has its route", "[upgrade_route]") {
  CHECK(get("/healthz") == route::healthz);
  CHECK(get("/readyz") == route::readyz);
  CHECK(get("/metrics") == route::metrics);
  CHECK(get("/admin") == route::admin);
  CHECK(get("/admin/") == route::admin);
  CHECK(get("/admin/rooms/lobby") == route::admin);
  CHECK(get("/call/") == route::call_page);
  CHECK(get("/call/call.js") == route::call_page);
}

TEST_CASE("upgrade_route: what is no endpoint has no route",
          "[upgrade_route]") {
  for (const auto* target :
       {"", "/", "/healthz/", "/healthzz", "/Healthz", "/administrator",
        "/call", "/room/healthz", "healthz", "*", "/%68ealthz"}) {
    CAPTURE(target);
    CHECK(get(target) == route::none);
  }
}

TEST_CASE("upgrade_route: HEAD goes wherever GET does, other methods nowhere",
          "[upgrade_route]") {
  CHECK(route_of("HEAD", "/healthz", false) == route::healthz);
  CHECK(route_of("HEAD", "/admin/", false) == route::admin);
  CHECK(route_of("POST", "/healthz", false) == route::none);
  CHECK(route_of("POST", "/administrator", false) == route::none);
  CHECK(route_of("get", "/healthz", false) == route::none);
  CHECK(route_of("OPTIONS", "*", false) == route::none);
}

TEST_CASE("upgrade_route: admin judges methods itself", "[upgrade_route]") {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    CHECK(route_of(method, "/admin", false) == route::admin);
    CHECK(route_of(method, "/admin/x?y", true) == route::admin);
  }
}

TEST_CASE("upgrade_route: a target has a query, and perhaps a host",
          "[upgrade_route]") {
  CHECK(query_of("/a?b=c&d") == "b=c&d");
  CHECK(query_of("/a?b?c#d") == "b?c");
  CHECK(query_of("/a") == "");
  CHECK(authority_of("/a?b") == "");
  CHECK(authority_of("/a?b=http://c") == "");
  CHECK(authority_of("http://h:1/a") == "h:1");
  CHECK(authority_of("http://u@h?a") == "u@h");
  CHECK(authority_of("http://h") == "h");
}

TEST_CASE("upgrade_route: a query never changes the route", "[upgrade_route]") {
  CHECK(get("/healthz?roomId=/metrics") == route::healthz);
  CHECK(get("/admin?x=1") == route::admin);
  CHECK(get("/?path=/healthz") == route::none);
  CHECK(upgrade_of("/?next=http://h/healthz") == route::upgrade);
  CHECK(get("?x=http://h/healthz") == route::none);
}

TEST_CASE("upgrade_route: the absolute form of a target works",
          "[upgrade_route]") {
  CHECK(get("http://example.com/healthz") == route::healthz);
  CHECK(get("HTTPS://example.com:3002/readyz?x") == route::readyz);
  CHECK(get("http://example.com") == route::none);
  CHECK(get("http://example.com?x=/healthz") == route::none);
  CHECK(upgrade_of("ws://example.com?roomId=a") == route::upgrade);
}

TEST_CASE("upgrade_route: an upgrade on any path but an endpoint's is one",
          "[upgrade_route]") {
  CHECK(upgrade_of("/") == route::upgrade);
  CHECK(upgrade_of("/any/path?roomId=a") == route::upgrade);
  CHECK(upgrade_of("/call/") == route::upgrade);
  CHECK(upgrade_of("/healthz") == route::healthz);
  CHECK(upgrade_of("/readyz") == route::readyz);
  CHECK(upgrade_of("/metrics") == route::metrics);
  CHECK(upgrade_of("/admin") == route::admin);
  CHECK(upgrade_of("/admin/x") == route::admin);
  CHECK(route_of("HEAD", "/", true) == route::none);
  CHECK(route_of("POST", "/", true) == route::none);
}
