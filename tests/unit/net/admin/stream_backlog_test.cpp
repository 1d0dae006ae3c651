#include "net/admin/stream_backlog.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using signalbox::stream_backlog;
using enum signalbox::stream_backlog::verdict;

namespace {

constexpr auto full = stream_backlog::bytes_max + 1;
constexpr auto patience = stream_backlog::patience;
constexpr stream_backlog::time_point start{1h};

} // namespace

TEST_CASE("stream_backlog: who reads gets every line", "[admin]") {
  stream_backlog backlog;
  CHECK(backlog.judge(0, start) == send);
  CHECK(backlog.judge(stream_backlog::bytes_max, start + 1h) == send);
}

TEST_CASE("stream_backlog: who does not read waits, then is dropped",
          "[admin]") {
  stream_backlog backlog;
  CHECK(backlog.judge(full, start) == wait);
  CHECK(backlog.judge(full, start + patience) == wait);
  CHECK(backlog.judge(full, start + patience + 1ms) == drop);
}

TEST_CASE("stream_backlog: who reads in between has all the time again",
          "[admin]") {
  stream_backlog backlog;
  CHECK(backlog.judge(full, start) == wait);
  CHECK(backlog.judge(0, start + patience) == send);
  CHECK(backlog.judge(full, start + 2 * patience) == wait);
  CHECK(backlog.judge(full, start + 3 * patience) == wait);
}
