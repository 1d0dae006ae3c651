// The admin endpoint on a connection: from a request's header to its answer,
// which may have to come from other shards, or never ends.

#include "conf/log.hpp"
#include "conf/value.hpp"
#include "net/admin/admin_page.hpp"
#include "net/admin/api_description.hpp"
#include "net/admin/json_answer.hpp"
#include "net/http_connection.hpp"

#include <algorithm>
#include <cstdio>

namespace signalbox {

namespace {

namespace http = boost::beast::http;

using namespace std::chrono_literals;

// Longer than whoever is asked takes to give up.
constexpr std::chrono::milliseconds answer_patience{5000};
static_assert(answer_patience > admin_inquiry::patience);

// Under way at once on a shard. Each goes through all actors.
constexpr std::uint64_t inquiries_max = 64;

log::limiter admin_log{1000ms};

bool has_proxy_header(const http_request& request) {
  return std::any_of(request.begin(), request.end(), [](const auto& x) {
    return is_proxy_header(view_of(x.name_string()));
  });
}

/// The values of a header that may be missing.
std::optional<std::string_view> value_of(const http_request& request,
                                         std::string_view name,
                                         std::string& storage) {
  if (request.count({name.data(), name.size()}) == 0)
    return std::nullopt;
  return all_of(request, name, storage);
}

struct visit_texts {
  std::string authorization;
  std::string origin;
  std::string fetch_site;
};

/// What decides about admission. Points into both.
admin_visit visit_of(const http_request& request,
                     const connection_preface& preface, visit_texts& texts) {
  admin_visit visit;
  visit.authorization = all_of(request, "Authorization", texts.authorization);
  visit.host = view_of(request[http::field::host]);
  visit.target_host = authority_of(view_of(request.target()));
  visit.origin = value_of(request, "Origin", texts.origin);
  visit.fetch_site = value_of(request, "Sec-Fetch-Site", texts.fetch_site);
  visit.has_proxy_header = has_proxy_header(request);
  visit.is_behind_proxy = preface.has_header();
  visit.peer = preface.peer();
  return visit;
}

/// RFC 9112 §7.1.
std::string chunk_of(std::string_view text) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  std::string result = size;
  result += text;
  result += "\r\n";
  return result;
}

} // namespace

// -- the request --------------------------------------------------------------

void http_connection::begin_admin(request_reader::request request) {
  const auto& header = request.header;
  const auto& settings = owner_.at().settings;
  const auto method = view_of(header.method_string());
  const auto target = view_of(header.target());
  joined_headers joined;
  auto view = upgrade_view(header, joined);
  view.peer = preface_.peer();
  if (preface_.is_source_withheld())
    view.x_forwarded_for = {};
  const auto client = client_of(view, settings);
  exchange_ = std::make_unique<admin_exchange>();
  auto& x = *exchange_;
  x.path = path_of(target);
  x.query = query_of(target);
  x.from = client.to_string();
  x.is_head = method == "HEAD";
  x.is_chunked = header.version() >= 11;
  const auto may_keep_alive = x.is_chunked && header.keep_alive();
  x.keep_alive = may_keep_alive && !request.has_body;
  const auto where = admin_place_of(x.path);
  if (const auto refusal = judge_admin(header, client, where))
    return finish_admin(*refusal);
  if (const auto error = admin_route_error(method, where))
    return finish_admin(*error);
  if (!request.has_body || (method != "POST" && method != "PUT"))
    return carry_out({});
  x.keep_alive = may_keep_alive;
  // HTTP/1.0 knows no answer before the answer (RFC 9110 §10.1.1).
  await_body(request.body_bytes,
             x.is_chunked
               && lowered(view_of(header[http::field::expect]))
                    == "100-continue");
}

// Nothing if the request is admitted.
std::optional<http_answer>
http_connection::judge_admin(const http_request& header,
                             const ip_address& client,
                             const admin_place& where) {
  visit_texts texts;
  auto refusal = judge_token(visit_of(header, preface_, texts), client,
                             door_of(where));
  if (!refusal)
    return std::nullopt;
  auto& at = owner_.at();
  at.figures.admin_refusals.add();
  if (auto line = admin_log.try_acquire(at.turn_start); line.is_granted)
    log::warn("admin", "request refused",
              {{"status", refusal->status},
               {"from", client.to_string()},
               {"suppressed_lines", line.suppressed}});
  return refusal;
}

// Who guesses at ADMIN_TOKEN has as many guesses as at other tokens.
std::optional<http_answer>
http_connection::judge_token(const admin_visit& visit, const ip_address& client,
                             admin_door door) {
  auto& at = owner_.at();
  auto& addresses = at.node.addresses;
  // Not on HEALTH_PORT: strangers cannot shut an operator out of that one.
  if (door == admin_door::inside && !visit.authorization.empty()
      && !is_operations_ && addresses.is_blocked(client, at.now_seconds())) {
    at.figures.auth_block_refusals.add();
    return json_error(429,
                      "too many refused tokens came from this address; try "
                      "again later, or on HEALTH_PORT");
  }
  auto refusal = admin_refusal(visit, door, at.settings);
  const auto is_wrong = refusal && refusal->status == 401
                        && !visit.authorization.empty();
  if (is_wrong && addresses.fail_authorisation(client, at.now_seconds())) {
    at.figures.auth_blocks.add();
    log::warn("admin", "address blocked: too many refused tokens",
              {{"client", client.to_string()},
               {"block_ms", at.settings.auth_block.count()}});
  }
  return refusal;
}

// What is too long, or of unknown length, is not read, so nothing can follow
// it.
void http_connection::await_body(std::optional<std::uint64_t> size,
                                 bool is_asked_for) {
  if (!size || *size > admin_body_bytes_max) {
    exchange_->keep_alive = false;
    return finish_admin(
      size ? json_error(413, "expected a body of at most 4096 bytes")
           : json_error(411, "expected a body with a Content-Length"));
  }
  phase_ = phase::body;
  exchange_->body_bytes = *size;
  if (take_body() || !is_asked_for)
    return;
  socket_.append("HTTP/1.1 100 Continue\r\n\r\n");
  socket_.flush();
}

// False if it is not there yet.
bool http_connection::take_body() {
  const auto body = reader_.take_body(exchange_->body_bytes);
  if (body)
    carry_out(*body);
  return body.has_value();
}

void http_connection::carry_out(std::string_view body) {
  const auto found = read_admin_request(admin_place_of(exchange_->path),
                                        exchange_->query, body);
  if (const auto* refusal = std::get_if<http_answer>(&found))
    return finish_admin(*refusal);
  std::visit([this](const auto& x) { perform(x); },
             std::get<admin_request>(found));
}

// -- what is answered at once -------------------------------------------------

void http_connection::perform(const get_page_file& what) {
  const auto file = admin_page(what.path);
  finish_admin(file ? *file : json_error(404, "the page has no such file"));
}

void http_connection::perform(const get_api_description&) {
  finish_admin(json_answer(std::string{api_description()}));
}

void http_connection::perform(const change_log_level& what) {
  const auto level = name_of(what.level);
  log::audit("admin", "log level changed",
             {{"new_level", level}, {"from", exchange_->from}});
  log::set_level(what.level);
  finish_admin(json_answer("{\"level\":\"" + std::string{level} + "\"}"));
}

// -- what others are asked for ------------------------------------------------

void http_connection::perform(const get_overview&) {
  const auto& about = owner_.routes().node_overview();
  if (owner_.at().node.is_clustered)
    return ask(&about);
  finish_admin(json_answer(about.text(about.alone())));
}

void http_connection::perform(const inquiry& what) {
  if (owner_.at().actors.sums(actor_kind::inquiry).count >= inquiries_max)
    return finish_admin(
      json_error(503, "too much is asked already", "Retry-After: 1\r\n"));
  auto question = std::make_shared<inquiry>(what);
  if (auto* kick = std::get_if<kick_session>(question.get()))
    kick->from = exchange_->from;
  else if (auto* close = std::get_if<close_room>(question.get()))
    close->from = exchange_->from;
  ask(std::move(question));
}

void http_connection::perform(const change_drain& what) {
  ask(what.action);
}

void http_connection::ask(admin_question question) {
  if (phase_ != phase::watching) {
    phase_ = phase::answer;
    owner_.at().schedule(*this, answer_patience);
  }
  auto receiver = std::make_shared<admin_receiver>();
  receiver->connection = this;
  exchange_->receiver = receiver;
  spawn_at<admin_inquiry>(owner_.system(), owner_.at(), std::move(question),
                          exchange_->from, [receiver](http_answer answer) {
                            if (auto* x = receiver->connection)
                              x->take_answer(std::move(answer));
                          });
}

void http_connection::take_answer(http_answer answer) {
  exchange_->receiver->connection = nullptr;
  exchange_->receiver = nullptr;
  if (phase_ == phase::watching) {
    // There may be no overview just now: the next line may have one.
    if (answer.status == 200)
      write_line(answer.body);
    return;
  }
  finish_admin(std::move(answer));
  look_for_more();
}

void http_connection::finish_admin(http_answer answer) {
  const auto x = std::move(exchange_);
  phase_ = phase::requests;
  reply(std::move(answer), x->is_head, x->keep_alive);
}

// -- the overview, again and again --------------------------------------------

void http_connection::perform(const stream_overview& what) {
  if (!exchange_->is_head && !owner_.begin_watching())
    return finish_admin(json_error(503, "too many watch the overview already",
                                   "Retry-After: 5\r\n"));
  std::string head =
    "HTTP/1.1 200 OK\r\n"
    "Server: signalbox\r\n"
    "Content-Type: application/x-ndjson\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Accel-Buffering: no\r\n"
    "Connection: close\r\n";
  if (exchange_->is_chunked)
    head += "Transfer-Encoding: chunked\r\n";
  send(head + "\r\n");
  if (std::exchange(exchange_->is_head, false)) {
    exchange_ = nullptr;
    return end_after_output();
  }
  phase_ = phase::watching;
  exchange_->interval = what.interval;
  send_line();
  // What has come behind the request is nobody's.
  discard_input();
}

void http_connection::send_line() {
  const auto verdict = exchange_->backlog.judge(socket_.unsent_bytes(),
                                                owner_.at().turn_start);
  if (verdict == stream_backlog::verdict::drop)
    return drop();
  owner_.at().schedule(*this, exchange_->interval);
  if (exchange_->receiver || verdict == stream_backlog::verdict::wait)
    return;
  const auto& about = owner_.routes().node_overview();
  if (owner_.at().node.is_clustered)
    ask(&about);
  else
    write_line(about.text(about.alone()));
}

void http_connection::write_line(std::string_view text) {
  const auto line = std::string{text} + '\n';
  send(exchange_->is_chunked ? chunk_of(line) : line);
}

// The connection leaves.
void http_connection::end_admin() noexcept {
  if (!exchange_)
    return;
  if (exchange_->receiver)
    exchange_->receiver->connection = nullptr;
  if (phase_ == phase::watching) {
    owner_.end_watching();
    if (exchange_->is_chunked)
      socket_.append("0\r\n\r\n");
  }
  exchange_ = nullptr;
}

} // namespace signalbox
