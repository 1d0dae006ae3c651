// What a request to the admin endpoint asks for, or the answer that says why it
// cannot be had. Pure: no socket, no actor; the same for every connection.

#pragma once

#include "actors/inspection.hpp"
#include "conf/options.hpp"
#include "net/admin/admin_route.hpp"
#include "net/http_answer.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace signalbox {

/// A file of the page, by the request's path.
struct get_page_file {
  std::string path;
};

struct get_api_description {};

struct get_overview {};

/// The overview again and again.
struct stream_overview {
  std::chrono::milliseconds interval{1000};
};

struct change_drain {
  drain_action action = drain_action::start;
};

struct change_log_level {
  log_level level = log_level::info;
};

/// An `inquiry` is what the shards have to be asked.
using admin_request =
  std::variant<get_page_file, get_api_description, get_overview,
               stream_overview, inquiry, change_drain, change_log_level>;

/// Longer bodies are not read.
inline constexpr std::size_t admin_body_bytes_max = 4096;

/// A 400 or a 404 in place of it if the name in the path, the query (without
/// its
/// `?`) or the body are not as they should be.
std::variant<admin_request, http_answer>
read_admin_request(const admin_place& where, std::string_view query,
                   std::string_view body);

} // namespace signalbox
