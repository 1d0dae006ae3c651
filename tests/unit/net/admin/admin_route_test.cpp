#include "net/admin/admin_route.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace signalbox;

namespace {

constexpr std::string_view api = "/admin/api/v1/";

/// `405 Allow: GET, HEAD`; empty if there is no error.
std::string route_error(std::string_view method, std::string_view path) {
  const auto answer = admin_route_error(method, admin_place_of(path));
  if (!answer)
    return {};
  const auto headers = answer->headers;
  return std::to_string(answer->status)
         + (headers.empty()
              ? ""
              : " " + std::string{headers.substr(0, headers.size() - 2)});
}

} // namespace

TEST_CASE("admin_route: what is read is for GET and HEAD", "[admin_route]") {
  for (const auto* path :
       {"openapi.json", "overview", "overview/stream", "rooms", "rooms/a",
        "sessions", "sessions/1", "actors", "actors/1"}) {
    CAPTURE(path);
    const auto whole = std::string{api}.append(path);
    CHECK(route_error("GET", whole).empty());
    CHECK(route_error("HEAD", whole).empty());
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"})
      CHECK(route_error(method, whole) == "405 Allow: GET, HEAD");
  }
}

TEST_CASE("admin_route: what changes something has one method",
          "[admin_route]") {
  for (const auto* path : {"rooms/a/close", "sessions/1/kick", "drain"}) {
    CAPTURE(path);
    const auto whole = std::string{api}.append(path);
    CHECK(route_error("POST", whole).empty());
    for (const auto* method : {"GET", "HEAD", "PUT", "DELETE"})
      CHECK(route_error(method, whole) == "405 Allow: POST");
  }
  const auto level = std::string{api} + "log-level";
  CHECK(route_error("PUT", level).empty());
  CHECK(route_error("POST", level) == "405 Allow: PUT");
  CHECK(route_error("GET", level) == "405 Allow: PUT");
}

TEST_CASE("admin_route: elsewhere there is nothing", "[admin_route]") {
  for (const auto* path :
       {"/admin/api", "/admin/api/", "/admin/api/v1", "/admin/api/v1/",
        "/admin/api/v2/overview", "/admin/api/v1/rooms/",
        "/admin/api/v1/rooms//close", "/admin/api/v1/rooms/a/",
        "/admin/api/v1/rooms/a/kick", "/admin/api/v1/rooms/a/close/",
        "/admin/api/v1/sessions/1/close", "/admin/api/v1/actors/1/",
        "/admin/api/v1/actors/1/kick", "/admin/api/v1/Overview",
        "/admin/api/v1/overview/", "/admin/api/v1/drain/start"}) {
    CAPTURE(path);
    CHECK(route_error("GET", path) == "404");
    CHECK(door_of(admin_place_of(path)) == admin_door::inside);
  }
}

TEST_CASE("admin_route: the page is at /admin/", "[admin_route]") {
  CHECK(route_error("GET", "/admin") == "308 Location: /admin/");
  CHECK(route_error("POST", "/admin") == "405 Allow: GET, HEAD");
  for (const auto* path : {"/admin/", "/admin/app.js", "/admin/apis"}) {
    CAPTURE(path);
    CHECK(route_error("GET", path).empty());
    CHECK(admin_place_of(path).what == admin_resource::page_file);
    CHECK(admin_place_of(path).name == path);
  }
}

TEST_CASE("admin_route: the page and the description stand outside",
          "[admin_route]") {
  for (const auto* path :
       {"/admin", "/admin/", "/admin/x.css", "/admin/api/v1/openapi.json"})
    CHECK(door_of(admin_place_of(path)) == admin_door::outside);
  for (const auto* path :
       {"/admin/api/v1/overview", "/admin/api/v1/rooms",
        "/admin/api/v1/sessions/1/kick", "/admin/api/v1/drain"})
    CHECK(door_of(admin_place_of(path)) == admin_door::inside);
}
