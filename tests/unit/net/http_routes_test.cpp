#include "net/http_routes.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>

using namespace signalbox;

namespace {

/// A node of two shards, as far as its answers need it.
struct two_homes {
  two_homes() {
    for (std::uint32_t i = 0; i < 2; ++i)
      homes.push_back(std::make_unique<home>(node, nullptr, now, i));
    routes = std::make_unique<http_routes>(
      node, std::vector<const home*>{homes[0].get(), homes[1].get()});
  }

  http_answer get(route where, std::string_view path = {}) {
    return routes->answer(where, path);
  }

  options settings;
  node_state node{settings, "test"};
  const home::clock::time_point now{};
  std::vector<std::unique_ptr<home>> homes;
  std::unique_ptr<http_routes> routes;
};

} // namespace

TEST_CASE_METHOD(two_homes, "http_routes: healthz is ok, whatever is wrong",
                 "[http_routes]") {
  node.is_draining = true;
  node.is_backplane_up = false;
  node.is_circuit_open = true;
  const auto answer = get(route::healthz);
  CHECK(answer.status == 200);
  CHECK(answer.body == "ok");
  CHECK(answer.content_type == "text/plain; charset=utf-8");
}

TEST_CASE_METHOD(two_homes, "http_routes: readyz is ready if nothing is wrong",
                 "[http_routes]") {
  CHECK(get(route::readyz).status == 200);
  CHECK(get(route::readyz).body == "ready");
  SECTION("draining") {
    node.is_draining = true;
  }
  SECTION("the backplane down") {
    node.is_backplane_up = false;
  }
  SECTION("the circuit open") {
    node.is_circuit_open = true;
  }
  CHECK(get(route::readyz).status == 503);
  CHECK(get(route::readyz).body == "not-ready");
}

TEST_CASE_METHOD(two_homes, "http_routes: all else is for an upgrade",
                 "[http_routes]") {
  const auto answer = get(route::none, "/");
  CHECK(answer.status == 426);
  CHECK(answer.body == "Upgrade Required");
  CHECK(answer.headers == "Upgrade: websocket\r\n");
}

TEST_CASE_METHOD(two_homes, "http_routes: the demo is for development",
                 "[http_routes]") {
  const auto page = get(route::call_page, "/call/");
  CHECK(page.status == 200);
  CHECK(page.content_type.substr(0, 9) == "text/html");
  CHECK(page.body == get(route::call_page, "/call/index.html").body);
  CHECK(get(route::call_page, "/call/call.js").status == 200);
  CHECK(get(route::call_page, "/call/nothing").status == 404);
  CHECK(get(route::call_page, "/call/../conf/signalbox.toml").status == 404);
  settings.node_env = GENERATE(environment::production, environment::test);
  CHECK(get(route::call_page, "/call/").status == 426);
}

// -- bytes --------------------------------------------------------------------

TEST_CASE("http_routes: an answer's bytes are these", "[http_routes]") {
  const http_answer answer{.body = "ok"};
  CHECK(to_bytes(answer, false, true)
        == "HTTP/1.1 200 OK\r\n"
           "Server: signalbox\r\n"
           "Content-Type: text/plain; charset=utf-8\r\n"
           "Content-Length: 2\r\n"
           "Cache-Control: no-store\r\n"
           "X-Content-Type-Options: nosniff\r\n"
           "\r\n"
           "ok");
}

TEST_CASE("http_routes: HEAD is answered alike, without the body",
          "[http_routes]") {
  const http_answer answer{.status = 503, .body = "not-ready"};
  const auto full = to_bytes(answer, false, true);
  const auto head = to_bytes(answer, true, true);
  CHECK(head + "not-ready" == full);
  CHECK(head.find("Content-Length: 9\r\n") != std::string::npos);
  CHECK(head.substr(0, 34) == "HTTP/1.1 503 Service Unavailable\r\n");
}

TEST_CASE("http_routes: Connection says whether it stays open",
          "[http_routes]") {
  const http_answer answer{.body = "ok"};
  CHECK(to_bytes(answer, false, true).find("Connection:") == std::string::npos);
  CHECK(to_bytes(answer, false, false).find("\r\nConnection: close\r\n")
        != std::string::npos);
}

TEST_CASE("http_routes: 426 names the upgrade in Connection", "[http_routes]") {
  const http_answer answer{.status = 426,
                           .body = "Upgrade Required",
                           .headers = "Upgrade: websocket\r\n"};
  const auto open = to_bytes(answer, false, true);
  CHECK(open.find("HTTP/1.1 426 Upgrade Required\r\n") == 0);
  CHECK(open.find("\r\nUpgrade: websocket\r\n") != std::string::npos);
  CHECK(open.find("\r\nConnection: upgrade\r\n") != std::string::npos);
  const auto last = to_bytes(answer, false, false);
  CHECK(last.find("\r\nConnection: upgrade, close\r\n") != std::string::npos);
}
