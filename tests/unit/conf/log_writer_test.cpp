// The writer behind conf/log, with a pipe in place of stdout. These tests need
// a real pipe and a real thread: what they prove is that neither holds up the
// one who logs.

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "conf/log.hpp"

using namespace signalbox;

namespace {

/// Puts a pipe in stdout's place for the life of this object.
class captured_stdout {
public:
  captured_stdout() {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    stdout_ = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    reader_ = ends[0];
  }

  ~captured_stdout() {
    restore();
    close(reader_);
  }

  /// From now on the pipe has no writer, so reading it ends.
  void restore() {
    if (stdout_ < 0)
      return;
    dup2(stdout_, STDOUT_FILENO);
    close(stdout_);
    stdout_ = -1;
  }

  std::string read_all() {
    std::string result;
    char buffer[4096];
    for (ssize_t size; (size = read(reader_, buffer, sizeof(buffer))) > 0;)
      result.append(buffer, static_cast<std::size_t>(size));
    return result;
  }

private:
  int stdout_ = -1;
  int reader_ = -1;
};

std::vector<nlohmann::json> parsed_lines(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    result.push_back(nlohmann::json::parse(line, nullptr, false));
  return result;
}

} // namespace

TEST_CASE("log: stop writes out what is pending", "[log]") {
  captured_stdout out;
  log::start(log_level::info, false, "n1");
  for (int i = 0; i < 100; ++i)
    log::info("net", "line", {{"i", i}});
  log::debug("net", "not asked for");
  log::stop();
  out.restore();
  auto lines = parsed_lines(out.read_all());
  REQUIRE(lines.size() == 100);
  CHECK(lines[99]["i"] == 99);
  CHECK(lines[99]["node"] == "n1");
}

TEST_CASE("log: what was changed is written at every level", "[log]") {
  captured_stdout out;
  log::start(log_level::off, false, "n1");
  log::error("admin", "not asked for");
  log::audit("admin", "session kicked", {{"session", 7}});
  log::set_level(log_level::error);
  log::audit("admin", "room closed");
  log::stop();
  out.restore();
  auto lines = parsed_lines(out.read_all());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["level"] == "warn");
  CHECK(lines[0]["message"] == "session kicked");
  CHECK(lines[0]["session"] == 7);
  CHECK(lines[1]["message"] == "room closed");
}

TEST_CASE("log: a long line arrives whole", "[log]") {
  captured_stdout out;
  std::string text(20'000, 'x');
  log::start(log_level::info, false, "n1");
  log::info("net", text);
  log::stop();
  out.restore();
  auto lines = parsed_lines(out.read_all());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["message"] == text);
}

TEST_CASE("log: lines a slow reader made us drop are counted", "[log]") {
  constexpr std::size_t written = 20'000;
  captured_stdout out;
  log::start(log_level::info, false, "n1");
  // Far more than the pipe and the queue hold: this returns only because
  // nobody waits for the reader.
  for (std::size_t i = 0; i < written; ++i)
    log::info("net", "line");
  std::string text;
  std::thread reader{[&] { text = out.read_all(); }};
  log::stop();
  out.restore();
  reader.join();
  std::size_t arrived = 0;
  std::size_t dropped = 0;
  for (const auto& line : parsed_lines(text)) {
    if (line.contains("dropped_lines"))
      dropped += line["dropped_lines"].get<std::size_t>();
    else
      ++arrived;
  }
  CHECK(dropped > 0);
  CHECK(arrived + dropped == written);
}

TEST_CASE("log: a reader that reads nothing does not keep stop", "[log]") {
  captured_stdout out;
  log::start(log_level::info, false, "n1");
  for (int i = 0; i < 20'000; ++i)
    log::info("net", "line");
  log::stop();
  out.restore();
  CHECK_FALSE(out.read_all().empty());
}

TEST_CASE("log: after stop it can be started again", "[log]") {
  captured_stdout out;
  log::start(log_level::info, false, "n1");
  log::stop();
  log::start(log_level::info, true, "n2");
  log::info("net", "line");
  log::stop();
  out.restore();
  CHECK(out.read_all().ends_with(" INFO  net: line\n"));
}
