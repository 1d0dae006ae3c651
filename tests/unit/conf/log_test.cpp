#include "conf/log.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "conf/log_line.hpp"

using namespace signalbox;
using namespace std::chrono_literals;

namespace {

const std::chrono::system_clock::time_point when{1'795'511'101'002ms};

std::string json_of(std::string_view message, log::fields values = {}) {
  return log::to_json({log_level::info, when, "n1", "net", message, values});
}

std::string text_of(std::string_view message, log::fields values = {}) {
  return log::to_text({log_level::info, when, "n1", "net", message, values});
}

} // namespace

TEST_CASE("log: a line is one JSON object", "[log]") {
  CHECK(json_of("session opened",
                {{"session", "s1"}, {"room", "a:b"}, {"peers", 3}})
        == R"({"level":"info","time":"2026-11-24T09:05:01.002Z",)"
           R"("message":"session opened","node":"n1","folder":"net",)"
           R"("session":"s1","room":"a:b","peers":3})");
}

TEST_CASE("log: time is UTC with milliseconds", "[log]") {
  CHECK(log::utc_text({}) == "1970-01-01T00:00:00.000Z");
  CHECK(log::utc_text(when) == "2026-11-24T09:05:01.002Z");
}

TEST_CASE("log: what JSON cannot hold is escaped", "[log]") {
  auto line = json_of("a \"b\" \\ \n\x01", {{"k\"", "\t{}"}});
  CHECK(line.find('\n') == std::string::npos);
  auto parsed = nlohmann::json::parse(line);
  CHECK(parsed["message"] == "a \"b\" \\ \n\x01");
  CHECK(parsed["k\""] == "\t{}");
}

TEST_CASE("log: bytes that are not UTF-8 are replaced", "[log]") {
  auto parsed = nlohmann::json::parse(json_of("x", {{"room", "a\xff\xc3z"}}));
  CHECK(parsed["room"] == "a\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST_CASE("log: text other than ASCII is kept in JSON", "[log]") {
  CHECK(nlohmann::json::parse(json_of("gr\xc3\xbc\xc3\x9f"))["message"]
        == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("log: numbers are numbers", "[log]") {
  auto parsed = nlohmann::json::parse(
    json_of("x", {{"negative", -1}, {"large", std::int64_t{1} << 60}}));
  CHECK(parsed["negative"] == -1);
  CHECK(parsed["large"] == std::int64_t{1} << 60);
}

TEST_CASE("log: pretty lines are readable", "[log]") {
  CHECK(text_of("session opened", {{"session", "s1"}, {"peers", 3}})
        == "2026-11-24T09:05:01.002Z INFO  net: session opened session=s1 "
           "peers=3");
}

TEST_CASE("log: pretty values cannot forge a line or a field", "[log]") {
  CHECK(text_of("x", {{"room", "a b=c"}, {"peer", "\n\x1b[2J"}, {"id", ""}})
        == "2026-11-24T09:05:01.002Z INFO  net: x room=\"a b=c\" "
           "peer=\"\\n\\u001b[2J\" id=\"\"");
  CHECK(text_of("a\nb") == "2026-11-24T09:05:01.002Z INFO  net: \"a\\nb\"");
}

TEST_CASE("log: only levels from the least one up are enabled", "[log]") {
  log::set_level(log_level::info);
  CHECK_FALSE(log::is_enabled(log_level::debug));
  CHECK(log::is_enabled(log_level::info));
  CHECK(log::is_enabled(log_level::error));
  log::set_level(log_level::off);
  CHECK_FALSE(log::is_enabled(log_level::error));
  log::set_level(log_level::trace);
  CHECK(log::is_enabled(log_level::trace));
  CHECK_FALSE(log::is_enabled(log_level::off));
  log::set_level(log_level::warn);
}

TEST_CASE("limiter: one line an interval, the rest counted", "[log]") {
  log::limiter limit{1s};
  std::chrono::steady_clock::time_point now{100s};
  auto first = limit.try_acquire(now);
  CHECK(first.is_granted);
  CHECK(first.suppressed == 0);
  CHECK_FALSE(limit.try_acquire(now).is_granted);
  CHECK_FALSE(limit.try_acquire(now + 999ms).is_granted);
  auto second = limit.try_acquire(now + 1s);
  CHECK(second.is_granted);
  CHECK(second.suppressed == 2);
  auto third = limit.try_acquire(now + 5s);
  CHECK(third.is_granted);
  CHECK(third.suppressed == 0);
}
