#include "net/tokens/key_fetcher.hpp"

#include "conf/load.hpp"
#include "tests/support/key_fetcher_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const auto good = http_answer_of("200 OK", document);

} // namespace

TEST_CASE_METHOD(one_fetcher, "key_fetcher: it brings the document",
                 "[key_fetcher]") {
  server.script = {good};
  CHECK(fetch(server.url()) == document);
  CHECK(calls == 1);
  CHECK(server.requests.size() == 1);
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: its request is this",
                 "[key_fetcher]") {
  server.script = {good};
  fetch(server.url("/a/keys?tenant=1"));
  CHECK(server.requests.at(0)
        == "GET /a/keys?tenant=1 HTTP/1.1\r\nHost: " + server.name()
             + "\r\nUser-Agent: signalbox/" + std::string{version()}
             + "\r\nAccept: application/jwk-set+json, application/json"
               "\r\n\r\n");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: it fetches as often as it is told",
                 "[key_fetcher]") {
  make(server.url());
  for (const auto* text : {"one", "two", "three"}) {
    server.script = {http_answer_of("200 OK", text)};
    CHECK(fetch_again() == text);
  }
  CHECK(server.requests.size() == 3);
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a fetch may start the next one",
                 "[key_fetcher]") {
  make(server.url());
  server.script = {http_answer_of("200 OK", "one"),
                   http_answer_of("200 OK", "two")};
  std::vector<std::string> came;
  fetcher->start([&](fetch_result x) {
    came.push_back(x.text);
    fetcher->start([&](fetch_result y) { came.push_back(y.text); });
  });
  until([&] { return came.size() == 2; });
  CHECK(came == std::vector<std::string>{"one", "two"});
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a host name is looked up",
                 "[key_fetcher]") {
  server.script = {good};
  CHECK(fetch("http://localhost:" + std::to_string(server.listener.port))
        == document);
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a document may come in pieces",
                 "[key_fetcher]") {
  server.script = {
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\n{\"k\r\n8\r\neys\":[]}\r\n0\r\n\r\n"};
  CHECK(fetch(server.url()) == document);
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a document of as much as is allowed comes",
                 "[key_fetcher]") {
  const std::string text(1024 * 1024, 'x');
  server.script = {http_answer_of("200 OK", text)};
  CHECK(fetch(server.url()) == text);
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a document that is there at once is read to its "
                 "end",
                 "[key_fetcher]") {
  const std::string text(60'000, 'x');
  make(server.url());
  start();
  until([&] { return server.requests.size() == 1; });
  // All of it in the kernel, and nothing more comes.
  const auto answer = http_answer_of("200 OK", text);
  REQUIRE(server.send(answer) == answer.size());
  turns();
  REQUIRE(result.has_value());
  CHECK(result->text == text);
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a document may end with its "
                 "connection",
                 "[key_fetcher]") {
  server.script = {"HTTP/1.1 200 OK\r\n\r\n" + document};
  CHECK(fetch(server.url()) == document);
}

// -- redirects ----------------------------------------------------------------

TEST_CASE_METHOD(one_fetcher, "key_fetcher: it follows a redirect",
                 "[key_fetcher]") {
  server.script = {http_redirect_to(other.url("/elsewhere"))};
  other.script = {good};
  CHECK(fetch(server.url()) == document);
  CHECK_THAT(other.requests.at(0), StartsWith("GET /elsewhere HTTP/1.1\r\n"));
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: five redirects are followed",
                 "[key_fetcher]") {
  for (int i = 0; i < 5; ++i)
    server.script.push_back(http_redirect_to("/keys"));
  server.script.push_back(good);
  CHECK(fetch(server.url()) == document);
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a loop of redirects ends",
                 "[key_fetcher]") {
  for (int i = 0; i < 20; ++i)
    server.script.push_back(http_redirect_to("/keys"));
  CHECK(fetch(server.url()) == "more than 5 redirects");
  CHECK(server.requests.size() == 6);
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a password stays with its host",
                 "[key_fetcher]") {
  server.script = {http_redirect_to(other.url())};
  other.script = {good};
  CHECK(fetch("http://user:secret@" + server.name() + "/keys") == document);
  CHECK_THAT(server.requests.at(0),
             Contains("\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
  CHECK_THAT(other.requests.at(0), !Contains("Authorization"));
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a redirect leads to HTTP and HTTPS only",
                 "[key_fetcher]") {
  const auto* where = GENERATE("file:///etc/passwd", "ftp://127.0.0.1/keys",
                               "gopher://127.0.0.1/", "dict://127.0.0.1/");
  server.script = {http_redirect_to(where)};
  CHECK_THAT(fetch(server.url()),
             Contains("not supported or disabled in libcurl, after 1 "
                      "redirect"));
}

// -- what goes wrong ----------------------------------------------------------

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a refused connection is told",
                 "[key_fetcher]") {
  CHECK(fetch("http://" + closed_server().name())
        == "connect: Connection refused");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: any status but 200 is told",
                 "[key_fetcher]") {
  const auto* status = GENERATE("201", "204", "206", "304", "400", "401", "404",
                                "500", "503");
  server.script = {
    http_answer_of(std::string{status} + " X", *status == '2' ? "" : document)};
  CHECK(fetch(server.url()) == "answered " + std::string{status});
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: the body of another status is not waited for",
                 "[key_fetcher]") {
  server.script = {"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\nSorry"};
  server.stays_open = true;
  CHECK(fetch(server.url()) == "answered 503");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a redirect to nowhere is told",
                 "[key_fetcher]") {
  server.script = {http_answer_of("302 Found")};
  CHECK(fetch(server.url()) == "answered 302");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a document that is too large ends",
                 "[key_fetcher]") {
  const std::string text(1024 * 1024 + 1, 'x');
  SECTION("as it says itself") {
    server.script = {http_answer_of("200 OK", text)};
  }
  SECTION("in pieces") {
    server.script = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "100001\r\n"
      + text + "\r\n0\r\n\r\n"};
  }
  SECTION("without a length") {
    server.script = {"HTTP/1.1 200 OK\r\n\r\n" + text};
  }
  CHECK(fetch(server.url()) == "more than 1048576 bytes");
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: what is no document may not be larger either",
                 "[key_fetcher]") {
  const std::string much(16 * 1024 * 1024, 'x');
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  SECTION("the body of a redirect") {
    server.script = {"HTTP/1.1 302 Found\r\nLocation: " + other.url() + "\r\n"
                     + chunked + "1000000\r\n" + much + "\r\n0\r\n\r\n"};
  }
  SECTION("what stands around the pieces of a redirect's") {
    server.script = {"HTTP/1.1 302 Found\r\nLocation: " + other.url() + "\r\n"
                     + chunked + "1;" + much + "\r\nx\r\n0\r\n\r\n"};
  }
  SECTION("what stands around the pieces of a document's") {
    server.script = {"HTTP/1.1 200 OK\r\n" + chunked + "b;" + much + "\r\n"
                     + document + "\r\n0\r\n\r\n"};
  }
  other.script = {good};
  CHECK(fetch(server.url()) == "more than 1048576 bytes");
  CHECK(other.requests.empty());
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a document that claims to be too large is not "
                 "waited for",
                 "[key_fetcher]") {
  server.script = {"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"};
  server.stays_open = true;
  CHECK(fetch(server.url()) == "more than 1048576 bytes");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: headers without end are too many",
                 "[key_fetcher]") {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  while (answer.size() <= 256 * 1024)
    answer += "X-Header: " + std::string(1000, 'x') + "\r\n";
  server.script = {answer};
  server.stays_open = true;
  CHECK(fetch(server.url()) == "headers of more than 262144 bytes");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: it waits for a server only so long",
                 "[key_fetcher]") {
  SECTION("that does not answer") {
    server.stays_open = true;
  }
  SECTION("that does not go on") {
    server.script = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"};
    server.stays_open = true;
  }
  CHECK(fetch(server.url(), {.within = 50ms}) == "took longer than 50 ms");
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: it waits only so long to be connected",
                 "[key_fetcher]") {
  full_server silent;
  CHECK(fetch("http://" + silent.server.name(), {.within = 50ms})
        == "took longer than 50 ms");
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: a redirect does not make it wait anew",
                 "[key_fetcher]") {
  using clock = std::chrono::steady_clock;
  make(server.url(), {.within = 700ms});
  start();
  const auto begin = clock::now();
  until([&] { return clock::now() - begin > 350ms; });
  server.script = {http_redirect_to(other.url())};
  until([&] { return clock::now() - begin > 900ms; });
  // libcurl's own timer would be due after 1050 ms.
  REQUIRE(result.has_value());
  CHECK_THAT(result->error, StartsWith("took longer than 700 ms"));
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a connection that ends is told",
                 "[key_fetcher]") {
  SECTION("before the answer") {
    server.script = {""};
    CHECK_THAT(fetch(server.url()), StartsWith("Server returned nothing"));
  }
  SECTION("in the middle of the document") {
    server.script = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"};
    CHECK(fetch(server.url()) == "Transferred a partial file");
  }
  SECTION("in the middle of a piece") {
    server.script = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "64\r\n{"};
    CHECK(fetch(server.url()) == "Transferred a partial file");
  }
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: what is no HTTP is told",
                 "[key_fetcher]") {
  server.script = {"{\"keys\":[]}\n"};
  CHECK(fetch(server.url()) == "Received HTTP/0.9 when not allowed");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a name without an address is told",
                 "[key_fetcher]") {
  CHECK(fetch("http://no..name/keys") == "Could not resolve host: no..name");
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: what is no URL is told",
                 "[key_fetcher]") {
  const auto* url = GENERATE("http://[::1", "http://host:99999999/?secret",
                             "http://:secret@", "ftp://127.0.0.1/secret");
  CHECK_THAT(fetch(url), !Contains("secret"));
  CHECK_THAT(fetcher->name(), !Contains("99999999"));
}

// -- proxies ------------------------------------------------------------------

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a proxy is used if there is one",
                 "[key_fetcher]") {
  const changed_variable proxy{"http_proxy", server.url("").c_str()};
  server.script = {good};
  CHECK(fetch("http://issuer.invalid/keys") == document);
  CHECK_THAT(server.requests.at(0),
             StartsWith("GET http://issuer.invalid/keys HTTP/1.1\r\n"));
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a proxy that refuses HTTPS is told",
                 "[key_fetcher]") {
  const changed_variable proxy{"https_proxy", server.url("").c_str()};
  server.script = {http_answer_of("403 Forbidden")};
  CHECK(fetch("https://issuer.invalid/keys") == "the proxy answered 403");
  CHECK_THAT(server.requests.at(0),
             StartsWith("CONNECT issuer.invalid:443 HTTP/1.1\r\n"));
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: the body of a proxy's refusal is not waited for",
                 "[key_fetcher]") {
  const changed_variable proxy{"https_proxy", server.url("").c_str()};
  const auto* status = GENERATE("403", "407");
  server.script = {"HTTP/1.1 " + std::string{status}
                   + " X\r\nContent-Length: 1000000\r\n\r\nSorry"};
  server.stays_open = true;
  CHECK(fetch("https://issuer.invalid/keys")
        == "the proxy answered " + std::string{status});
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: hosts in no_proxy are asked directly",
                 "[key_fetcher]") {
  const changed_variable proxy{"http_proxy", other.url("").c_str()};
  const changed_variable exception{"no_proxy", "127.0.0.1"};
  server.script = {good};
  CHECK(fetch(server.url()) == document);
  CHECK(other.requests.empty());
}

TEST_CASE_METHOD(one_fetcher, "key_fetcher: a proxy's password is not told",
                 "[key_fetcher]") {
  const auto* where = GENERATE("http://user:secret@[", "foo://user:secret@host",
                               "http://user:secret@127.0.0.1:99999999");
  const changed_variable proxy{"http_proxy", where};
  CHECK_THAT(fetch("http://issuer.invalid/keys"), !Contains("secret"));
}

// -- its name in the log ------------------------------------------------------

TEST_CASE_METHOD(one_fetcher, "key_fetcher: its name holds no secrets",
                 "[key_fetcher]") {
  make("https://user:secret@issuer.example:8443/a/keys?token=secret#secret");
  CHECK(fetcher->name() == "https://issuer.example:8443/a/keys");
  make("HTTP://issuer.example");
  CHECK(fetcher->name() == "http://issuer.example/");
}

// -- its end ------------------------------------------------------------------

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: it may be destroyed when it is done",
                 "[key_fetcher]") {
  make(server.url());
  server.script = {good};
  fetcher->start([&](fetch_result x) {
    fetcher.reset();
    result = std::move(x);
  });
  until([&] { return result.has_value(); });
  CHECK(result->text == document);
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: it is not heard of once it was destroyed",
                 "[key_fetcher]") {
  std::string url = server.url();
  int turns_before = GENERATE(0, 1, 2, 3, 4, 6, 10);
  SECTION("while it connects") {
    server.stays_open = true;
  }
  SECTION("while a document comes") {
    server.script = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"};
    server.stays_open = true;
  }
  SECTION("while a name is looked up") {
    url = "http://no..name/keys";
    turns_before = std::min(turns_before, 1);
  }
  SECTION("as it could not begin") {
    url = "ftp://127.0.0.1/keys";
    turns_before = 0;
  }
  make(url);
  start();
  for (int i = 0; i < turns_before; ++i) {
    turns();
    server.serve();
  }
  const auto before = calls;
  fetcher.reset();
  for (int i = 0; i < 10; ++i) {
    turns();
    server.serve();
  }
  CHECK(calls == before);
}

TEST_CASE_METHOD(one_fetcher,
                 "key_fetcher: nothing is left open when it is done",
                 "[key_fetcher]") {
  const auto open = [] {
    using iterator = std::filesystem::directory_iterator;
    return std::distance(iterator{"/proc/self/fd"}, iterator{});
  };
  make(server.url());
  const auto fetch_once = [&] {
    server.script = {good};
    fetch_again();
    until([&] { return !server.peer.is_open(); });
    turns();
  };
  fetch_once();
  const auto before = open();
  for (int i = 0; i < 5; ++i)
    fetch_once();
  CHECK(open() == before);
}
