// A request to the admin endpoint, a line each: method, path, query, and the
// body, which is the rest; for net/admin.

#include "net/admin/admin_request.hpp"
#include "net/admin/page_token.hpp"
#include "tests/fuzz/property.hpp"

#include <nlohmann/json.hpp>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

void hold_answer(const http_answer& answer) {
  hold(answer.status == 308 || answer.status == 400 || answer.status == 404
         || answer.status == 405,
       "what cannot be had has one of these statuses");
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  hold(body.is_object() && body.size() == 1 && body.contains("error"),
       "an error is one JSON object with a text");
  // 200 bytes of a name are shown, each as `\\xNN`, and a sentence.
  hold(answer.body.size() < 200 * 5 + 200,
       "an error is short, whatever was sent");
  hold(answer.headers.empty() || answer.headers.ends_with("\r\n"),
       "header lines are whole");
}

void hold_list(const list_request& list, std::string_view query) {
  hold(list.items_max <= 1000, "a page is bounded");
  hold(list.filter.size() <= 4 * 256, "a filter is bounded");
  if (!list.after)
    return;
  const auto token = page_token(*list.after, list.order);
  hold(query.find(token) != std::string_view::npos
         || query.find('%') != std::string_view::npos,
       "a page's end has one spelling");
  const auto again = read_page_token(token, list.order);
  hold(again && again->rank == list.after->rank && again->id == list.after->id
         && again->name == list.after->name,
       "a page's end is read as it was written");
}

struct properties {
  admin_resource what;
  std::string_view query;

  void operator()(const get_page_file& x) const {
    hold(what == admin_resource::page_file && !x.path.empty(),
         "a file of the page has a path");
  }

  void operator()(const get_api_description&) const {}

  void operator()(const get_overview&) const {}

  void operator()(const stream_overview& x) const {
    hold(x.interval.count() >= 250 && x.interval.count() <= 60'000,
         "an interval is in its bounds");
  }

  void operator()(const inquiry& x) const {
    if (const auto* sessions = std::get_if<list_sessions>(&x))
      hold_list(sessions->list, query);
    if (const auto* rooms = std::get_if<list_rooms>(&x))
      hold_list(rooms->list, query);
    if (const auto* actors = std::get_if<list_actors>(&x))
      hold_list(actors->list, query);
    hold(!std::holds_alternative<kick_session>(x)
           || what == admin_resource::session_kick,
         "only who says kick kicks");
    hold(!std::holds_alternative<close_room>(x)
           || what == admin_resource::room_close,
         "only who says close closes");
  }

  void operator()(const change_drain&) const {
    hold(what == admin_resource::drain, "only who says drain drains");
  }

  void operator()(const change_log_level&) const {
    hold(what == admin_resource::log_level, "only who says so is heard");
  }
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = fuzz::text_of(data, size);
  const auto method = fuzz::take_until(body, '\n');
  const auto path = fuzz::take_until(body, '\n');
  const auto query = fuzz::take_until(body, '\n');
  // Other paths are judged to be somebody else's before they come here.
  if (path != "/admin" && !path.starts_with("/admin/"))
    return 0;
  const auto where = admin_place_of(path);
  if (const auto error = admin_route_error(method, where)) {
    hold_answer(*error);
    return 0;
  }
  const auto found = read_admin_request(where, query,
                                        body.substr(0, admin_body_bytes_max));
  if (const auto* answer = std::get_if<http_answer>(&found))
    hold_answer(*answer);
  else
    std::visit(properties{where.what, query}, std::get<admin_request>(found));
  return 0;
}
