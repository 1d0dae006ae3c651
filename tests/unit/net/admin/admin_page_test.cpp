// The operator's page as it was built in: what is there, how it is labelled,
// and that it stays within its own origin.

#include "net/admin/admin_page.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <regex>
#include <set>
#include <string>

using namespace signalbox;

namespace {

/// What the page may weigh, dygraphs included.
constexpr std::size_t page_bytes_max = 300'000;

http_answer get(std::string_view path) {
  auto answer = admin_page(path);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  return *answer;
}

/// The files that a file of the page names, by `pattern`'s first group.
std::set<std::string> named_in(const std::string& text, const char* pattern) {
  const std::regex expression{pattern};
  std::set<std::string> result;
  for (std::sregex_iterator i{text.begin(), text.end(), expression}, end;
       i != end; ++i)
    result.insert((*i)[1]);
  return result;
}

/// All files that the page loads, itself included, and their content.
std::map<std::string, std::string> whole_page() {
  std::map<std::string, std::string> result;
  result[""] = get("/admin/").body;
  auto wanted = named_in(result[""], R"re((?:href|src)="([^"#]+)")re");
  while (!wanted.empty()) {
    const auto name = *wanted.begin();
    wanted.erase(wanted.begin());
    if (result.count(name))
      continue;
    result[name] = get("/admin/" + name).body;
    // A regular expression of the library's size is too much for std::regex.
    if (name.find(".min.") == std::string::npos)
      wanted.merge(named_in(result[name], R"re(from '\./([^']+)')re"));
  }
  return result;
}

} // namespace

TEST_CASE("admin_page: the folder is its index", "[admin_page]") {
  const auto page = get("/admin/");
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body == get("/admin/index.html").body);
  CHECK(page.body.find("<title>Signalbox admin</title>") != std::string::npos);
}

TEST_CASE("admin_page: a file has the type of its name", "[admin_page]") {
  CHECK(get("/admin/admin.js").content_type
        == "text/javascript; charset=utf-8");
  CHECK(get("/admin/dygraph.min.js").content_type
        == "text/javascript; charset=utf-8");
  CHECK(get("/admin/style.css").content_type == "text/css; charset=utf-8");
  CHECK(get("/admin/icon.svg").content_type == "image/svg+xml");
}

TEST_CASE("admin_page: there is nothing but its files", "[admin_page]") {
  const auto path = GENERATE("/admin/nothing", "/admin//", "/admin/style",
                             "/admin/../conf/signalbox.toml",
                             "/admin/page/index.html", "/admin/INDEX.HTML");
  CHECK_FALSE(admin_page(path));
}

TEST_CASE("admin_page: it is bound to its own origin", "[admin_page]") {
  const auto name = GENERATE("", "admin.js", "icon.svg");
  CHECK(get(std::string{"/admin/"} + name).headers
        == "Content-Security-Policy: default-src 'none'; script-src 'self'; "
           "style-src 'self'; img-src 'self' data:; connect-src 'self'; "
           "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
           "Referrer-Policy: no-referrer\r\n"
           "X-Frame-Options: DENY\r\n");
}

TEST_CASE("admin_page: all that it loads is there and weighs little",
          "[admin_page]") {
  const auto files = whole_page();
  CHECK(files.count("history.js") == 1);
  std::size_t bytes = 0;
  for (const auto& [name, content] : files) {
    CHECK_FALSE(content.empty());
    bytes += content.size();
  }
  CHECK(bytes < page_bytes_max);
}

TEST_CASE("admin_page: nothing of ours makes markup of a text",
          "[admin_page]") {
  for (const auto& [name, content] : whole_page()) {
    if (name.find(".min.") != std::string::npos)
      continue;
    INFO(name);
    for (const auto* way : {"innerHTML", "outerHTML", "insertAdjacentHTML",
                            "document.write", " style=\"", " onclick=\""})
      CHECK(content.find(way) == std::string::npos);
  }
}
