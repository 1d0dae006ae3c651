#include "actors/flight_recorder.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

namespace {

recorded_event event_of(std::uint32_t number) {
  return {{}, event_kind::in, 0, number};
}

std::vector<std::uint32_t> numbers_in(const flight_recorder& recorder) {
  std::vector<std::uint32_t> result;
  for (const auto& x : recorder.events())
    result.push_back(x.bytes);
  return result;
}

/// `first`, and all up to `last`.
std::vector<std::uint32_t> from_to(std::uint32_t first, std::uint32_t last) {
  std::vector<std::uint32_t> result;
  for (auto i = first; i <= last; ++i)
    result.push_back(i);
  return result;
}

} // namespace

TEST_CASE("flight recorder: an entry takes 16 bytes", "[flight_recorder]") {
  CHECK(sizeof(recorded_event) == 16);
}

TEST_CASE("flight recorder: it begins empty", "[flight_recorder]") {
  CHECK(flight_recorder{}.events().empty());
}

TEST_CASE("flight recorder: it holds the last 32 events, oldest first",
          "[flight_recorder]") {
  for (std::uint32_t count : {1, 3, 4, 5, 8, 9, 31, 32, 33, 63, 64, 65, 200}) {
    CAPTURE(count);
    flight_recorder recorder;
    for (std::uint32_t i = 1; i <= count; ++i)
      recorder.record(event_of(i));
    CHECK(numbers_in(recorder) == from_to(count > 32 ? count - 31 : 1, count));
  }
}

TEST_CASE("flight recorder: details are said in words", "[flight_recorder]") {
  const auto detail = [](event_kind kind, auto x) {
    return detail_of({{}, kind, static_cast<std::uint8_t>(x), 0});
  };
  CHECK(detail(event_kind::in, message_kind::offer) == "offer");
  CHECK(detail(event_kind::out, message_kind::candidate) == "candidate");
  CHECK(detail(event_kind::out, notice_detail) == "notice");
  CHECK(detail(event_kind::out, remote_detail) == "remote");
  CHECK(detail(event_kind::refused, ec::bad_json) == "bad_json");
  CHECK(detail(event_kind::dropped, ec::rate_limited) == "rate_limited");
  CHECK(detail(event_kind::closed, ec::kicked) == "kicked");
  CHECK(detail(event_kind::closed, ec::none) == "left");
  CHECK(detail(event_kind::joined, 0).empty());
  CHECK(detail(event_kind::pong, 0).empty());
}
