#include "net/admin/admin_route.hpp"

#include "net/admin/json_answer.hpp"

#include <array>
#include <utility>

namespace signalbox {

namespace {

using enum admin_resource;

constexpr std::string_view api = "/admin/api/v1/";

constexpr std::array<std::pair<std::string_view, admin_resource>, 8> names{
  {{"openapi.json", description},
   {"overview", overview},
   {"overview/stream", overview_stream},
   {"rooms", rooms},
   {"sessions", sessions},
   {"actors", actors},
   {"drain", drain},
   {"log-level", log_level}}};

/// `COLLECTION/ID` and `COLLECTION/ID/ACTION`.
struct collection {
  std::string_view prefix;
  admin_resource one;
  std::string_view action;
  admin_resource acted_on;
};

constexpr std::array<collection, 3> collections{
  {{"rooms/", room, "close", room_close},
   {"sessions/", session, "kick", session_kick},
   {"actors/", actor, "", none}}};

admin_place place_in(const collection& where, std::string_view path) noexcept {
  if (!path.starts_with(where.prefix))
    return {};
  const auto rest = path.substr(where.prefix.size());
  const auto slash = rest.find('/');
  const auto name = rest.substr(0, slash);
  if (name.empty())
    return {};
  if (slash == std::string_view::npos)
    return {where.one, name};
  if (where.acted_on != none && rest.substr(slash + 1) == where.action)
    return {where.acted_on, name};
  return {};
}

bool is_in_api(std::string_view path) noexcept {
  return path == "/admin/api" || path.starts_with("/admin/api/");
}

struct method_rule {
  std::string_view method;
  std::string_view allow;
};

method_rule rule_of(admin_resource what) noexcept {
  if (what == room_close || what == session_kick || what == drain)
    return {"POST", "Allow: POST\r\n"};
  if (what == log_level)
    return {"PUT", "Allow: PUT\r\n"};
  return {"GET", "Allow: GET, HEAD\r\n"};
}

} // namespace

admin_place admin_place_of(std::string_view path) noexcept {
  if (!is_in_api(path))
    return {page_file, path};
  if (!path.starts_with(api))
    return {};
  path.remove_prefix(api.size());
  for (const auto& [name, what] : names)
    if (path == name)
      return {what};
  for (const auto& x : collections)
    if (const auto found = place_in(x, path); found.what != none)
      return found;
  return {};
}

admin_door door_of(const admin_place& where) noexcept {
  return where.what == page_file || where.what == description
           ? admin_door::outside
           : admin_door::inside;
}

std::optional<http_answer> admin_route_error(std::string_view method,
                                             const admin_place& where) {
  if (where.what == none)
    return json_error(404,
                      "there is nothing here; see "
                      "/admin/api/v1/openapi.json");
  const auto rule = rule_of(where.what);
  if (method != rule.method && (method != "HEAD" || rule.method != "GET"))
    return json_error(405, "expected the method " + std::string{rule.method},
                      rule.allow);
  // The page's files stand beside it.
  if (where.what == page_file && where.name == "/admin")
    return json_error(308, "the page is at /admin/", "Location: /admin/\r\n");
  return std::nullopt;
}

} // namespace signalbox
