#include "conf/redis_url.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

using topology = redis_url::topology;

redis_url read(std::string_view text) {
  CAPTURE(text);
  auto result = read_redis_url(text);
  INFO("expected " << result.expected);
  REQUIRE(result.value);
  CHECK(result.expected.empty());
  // Whatever was read can be shown, and read again.
  CHECK(read_redis_url(to_string(*result.value)).value == result.value);
  return *result.value;
}

std::string expected_by(std::string_view text) {
  CAPTURE(text);
  auto result = read_redis_url(text);
  REQUIRE_FALSE(result.value);
  REQUIRE_FALSE(result.expected.empty());
  return std::string{result.expected};
}

redis_url single(std::string host, std::uint16_t port = 6379,
                 std::uint64_t db = 0) {
  redis_url url;
  url.hosts = {{std::move(host), port}};
  url.db = db;
  return url;
}

Catch::Matchers::StdString::ContainsMatcher contains(const std::string& text) {
  return Catch::Matchers::Contains(text);
}

} // namespace

TEST_CASE("redis_url: one server by name, port and database", "[redis_url]") {
  CHECK(read("redis://h") == single("h"));
  CHECK(read("redis://h/") == single("h"));
  CHECK(read("redis://h:1") == single("h", 1));
  CHECK(read("redis://h:65535/15") == single("h", 65535, 15));
  CHECK(read("redis://r-1.eu_west.example.:6380/0")
        == single("r-1.eu_west.example.", 6380));
  CHECK(read("redis://127.0.0.1/1000000")
        == single("127.0.0.1", 6379, 1000000));
  CHECK(read("REDIS://h") == single("h"));
}

TEST_CASE("redis_url: the database may be a parameter", "[redis_url]") {
  CHECK(read("redis://h?db=3") == single("h", 6379, 3));
  CHECK(read("redis://h/?db=3") == single("h", 6379, 3));
  CHECK(read("redis://h?") == single("h"));
}

TEST_CASE("redis_url: one server without a name is localhost", "[redis_url]") {
  CHECK(read("redis://") == single("localhost"));
  CHECK(read("redis://:6380") == single("localhost", 6380));
  CHECK(read("redis:///2") == single("localhost", 6379, 2));
  CHECK(read("redis://:pw@").hosts == single("localhost").hosts);
}

TEST_CASE("redis_url: an IPv6 address stands in brackets", "[redis_url]") {
  CHECK(read("redis://[::1]") == single("::1"));
  CHECK(read("redis://:pw@[2001:db8::7]:6380/1").hosts
        == single("2001:db8::7", 6380).hosts);
  for (auto text :
       {"redis://::1", "redis://[::1", "redis://[]", "redis://[::1]6379",
        "redis://[h]", "redis://[127.0.0.1]", "redis://[[::1]]",
        "redis://[fe80::1%25eth0]", "redis://2001:db8::7:6379"})
    CHECK_THAT(expected_by(text), contains("brackets"));
}

TEST_CASE("redis_url: rediss is redis with TLS", "[redis_url]") {
  CHECK_FALSE(read("redis://h").is_tls);
  CHECK(read("rediss://h").is_tls);
  CHECK(read("rediss+sentinel://h/m").is_tls);
  CHECK(read("rediss+cluster://h").is_tls);
  CHECK(read("rediss://h").hosts == single("h").hosts);
}

TEST_CASE("redis_url: user and password are decoded", "[redis_url]") {
  auto [login, user,
        password] = GENERATE(table<std::string, std::string, std::string>({
    {"me:pw", "me", "pw"},
    {":pw", "", "pw"},
    {"me:", "me", ""},
    {":", "", ""},
    {"m%65:p%40%3a%2F%25", "me", "p@:/%"},
    {"me:p:w", "me", "p:w"},
    {"m%3Ae:pw", "m:e", "pw"},
    // Not what RFC 3986 wants, but what people write.
    {"me:p@w", "me", "p@w"},
    {"me:p,[w]", "me", "p,[w]"},
    {"a+b:c+d", "a+b", "c+d"},
    {":%00%ff", "", std::string("\0\xff", 2)},
  }));
  for (auto [scheme, rest] :
       std::initializer_list<std::pair<std::string, std::string>>{
         {"redis://", "h:1/2"},
         {"unix://", "/s?db=2"},
         {"redis+sentinel://", "a,b/m"},
         {"redis+cluster://", "a,b"}}) {
    auto url = read(scheme + login + '@' + rest);
    CHECK(url.user == user);
    CHECK(url.password == password);
  }
}

TEST_CASE("redis_url: a lone word is neither user nor password",
          "[redis_url]") {
  CHECK_THAT(expected_by("redis://pw@h"), contains(":PASSWORD@"));
  CHECK_THAT(expected_by("redis://@h"), contains(":PASSWORD@"));
  CHECK_THAT(expected_by("unix://pw@/s"), contains(":PASSWORD@"));
}

TEST_CASE("redis_url: a broken escape is refused", "[redis_url]") {
  for (auto text :
       {"redis://:100%@h", "redis://:%4@h", "redis://:%g0@h", "redis://%:pw@h",
        "redis://:%0g@h", "unix:///s%", "redis+sentinel://h/m%zz"})
    CHECK_THAT(expected_by(text), contains("% followed by two"));
}

TEST_CASE("redis_url: a Unix socket has a path and no host", "[redis_url]") {
  CHECK(read("unix:///run/redis.sock") == single("/run/redis.sock", 0));
  CHECK(read("unix:///run/redis.sock?db=2") == single("/run/redis.sock", 0, 2));
  CHECK(read("unix:///a%20b%3Fc") == single("/a b?c", 0));
  CHECK(read("unix:///h\xc3\xab/@") == single("/h\xc3\xab/@", 0));
  CHECK(read("unix://me:pw@/s").hosts == single("/s", 0).hosts);
  for (auto text : {"unix://", "unix:///", "unix://run/redis.sock",
                    "unix://localhost/s", "unix://me:pw@h/s"})
    CHECK_THAT(expected_by(text), contains("absolute path"));
}

TEST_CASE("redis_url: a socket's path is one that the system takes",
          "[redis_url]") {
  CHECK(read("unix:///" + std::string(106, 'a')).hosts.front().host.size()
        == redis_path_bytes_max);
  CHECK_THAT(expected_by("unix:///" + std::string(107, 'a')), contains("107"));
  CHECK_THAT(expected_by("unix:///a%00b"), contains("NUL"));
}

TEST_CASE("redis_url: Sentinels are asked for a master", "[redis_url]") {
  auto url = read("redis+sentinel://:pw@h1:26380,h2,[::1]:1/mymaster/2");
  CHECK(url.kind == topology::sentinel);
  CHECK(url.hosts
        == std::vector<redis_host>{{"h1", 26380}, {"h2", 26379}, {"::1", 1}});
  CHECK(url.master_name == "mymaster");
  CHECK(url.db == 2);
  CHECK(url.password == "pw");
  CHECK(read("redis+sentinel://h/my%2Fmaster?db=3").master_name == "my/master");
  CHECK(read("redis+sentinel://h/m?db=3").db == 3);
  CHECK(read("redis+sentinel://h/m/").db == 0);
  for (auto text : {"redis+sentinel://h", "redis+sentinel://h/",
                    "redis+sentinel://h//2", "redis+sentinel://h/m/2/3",
                    "redis+sentinel://h/m/2/", "redis+sentinel://h/%00"})
    CHECK_THAT(expected_by(text), contains("/MASTER"));
}

TEST_CASE("redis_url: a cluster has hosts and database 0", "[redis_url]") {
  auto url = read("redis+cluster://me:pw@h1,h2:7000,[::1]");
  CHECK(url.kind == topology::cluster);
  CHECK(url.hosts
        == std::vector<redis_host>{{"h1", 6379}, {"h2", 7000}, {"::1", 6379}});
  CHECK(url.master_name.empty());
  CHECK(read("redis+cluster://h/") == read("redis+cluster://h"));
  CHECK(read("redis+cluster://h/0") == read("redis+cluster://h"));
  CHECK(read("redis+cluster://h?db=0") == read("redis+cluster://h"));
  for (auto text : {"redis+cluster://h/1", "redis+cluster://h?db=1"})
    CHECK_THAT(expected_by(text), contains("database 0, as a cluster"));
}

TEST_CASE("redis_url: each host of a list has a name", "[redis_url]") {
  for (auto scheme : {"redis+sentinel", "redis+cluster"})
    for (auto hosts : {"", ",", "a,", ",a", "a,,b", ":1", "a,:1", "a, b"})
      expected_by(std::string{scheme} + "://" + hosts + "/0");
}

TEST_CASE("redis_url: only Sentinels and clusters are several", "[redis_url]") {
  CHECK_THAT(expected_by("redis://a,b"), contains("one host"));
}

TEST_CASE("redis_url: a host is a name or an address", "[redis_url]") {
  for (auto host : {"a%62", "a b", "h\xc3\xab", "a;b", "a=b", "*", "\\"})
    expected_by("redis://" + std::string{host});
  CHECK(read("redis://" + std::string(255, 'a')).hosts.size() == 1);
  CHECK_THAT(expected_by("redis://" + std::string(256, 'a')),
             contains("a host's name"));
}

TEST_CASE("redis_url: a port is from 1 to 65535", "[redis_url]") {
  for (auto port : {"", "0", "65536", "06379", "+1", "-1", "1:2", "a", "%31",
                    "18446744073709551617"})
    CHECK_THAT(expected_by("redis://h:" + std::string{port}),
               contains("from 1 to 65535"));
}

TEST_CASE("redis_url: a database is from 0 to 1000000", "[redis_url]") {
  for (auto db : {"1000001", "-1", "00", "01", "one", "1/", "1/2", "/", "%31",
                  "99999999999999999999"})
    CHECK_THAT(expected_by("redis://h/" + std::string{db}),
               contains("from 0 to 1000000"));
  for (auto db : {"", "1000001", "-1", "01", "1&db=1", "1&a=b"})
    CHECK_THAT(expected_by("redis://h?db=" + std::string{db}),
               contains("from 0 to 1000000"));
}

TEST_CASE("redis_url: no parameter is passed over", "[redis_url]") {
  for (auto query : {"a=b", "db", "DB=1", "a=b&db=1", "&db=1", "password=pw"})
    CHECK_THAT(expected_by("unix:///s?" + std::string{query}),
               contains("no parameter but one db"));
  for (auto text :
       {"redis://h/1?db=1", "redis://h/0?db=1", "redis+sentinel://h/m/1?db=2"})
    CHECK_THAT(expected_by(text), contains("only if the path holds no"));
}

TEST_CASE("redis_url: blanks, control characters and fragments are refused",
          "[redis_url]") {
  for (auto c : {' ', '\t', '\n', '\x7f', '\0'})
    CHECK_THAT(expected_by(std::string{"redis://:a"} + c + "@h"),
               contains("no blank"));
  CHECK_THAT(expected_by(std::string_view{"redis://h\0", 10}),
             contains("no blank"));
  CHECK_THAT(expected_by("redis://h#1"), contains("no fragment"));
}

TEST_CASE("redis_url: another scheme is refused", "[redis_url]") {
  for (auto text :
       {"", "h", "h:6379", "redis", "redis:", "redis:/", "redis:h", "://h",
        "http://h", "redis+unix://h", "redis +://h", "sentinel://h/m",
        "rediss+unix:///s", "redis+://h", " redis://h"})
    CHECK(expected_by(text) == redis_url_expected);
}

TEST_CASE("redis_url: the text of one is its shortest", "[redis_url]") {
  auto [text, shortest] = GENERATE(table<std::string, std::string>({
    {"redis://", "redis://localhost"},
    {"RedisS://h:6379/0", "rediss://h"},
    {"redis://h:26379?db=2", "redis://h:26379/2"},
    {"redis://[::1]:1", "redis://[::1]:1"},
    {"redis://:@h", "redis://h"},
    {"redis://m~:p@w%2f%ff@h", "redis://m~:p%40w%2F%FF@h"},
    {"unix://:pw@/a%20b?db=0", "unix://:pw@/a%20b"},
    {"unix:///a?db=1", "unix:///a?db=1"},
    {"redis+sentinel://a:26379,b:6379/m/0", "redis+sentinel://a,b:6379/m"},
    {"rediss+sentinel://a/%6d%2F?db=7", "rediss+sentinel://a/m%2F/7"},
    {"redis+cluster://a:6379,b:1/", "redis+cluster://a,b:1"},
  }));
  CHECK(to_string(read(text)) == shortest);
}
