#include "net/process_figures.hpp"

#include "net/descriptor.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <vector>

using namespace signalbox;

namespace {

double now_seconds() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

/// So many more descriptors.
std::vector<descriptor> open_some(std::size_t count) {
  std::vector<descriptor> result;
  while (result.size() < count)
    result.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return result;
}

} // namespace

TEST_CASE("process_figures: all are there", "[process_figures]") {
  const auto figures = read_process_figures();
  CHECK(figures.cpu_seconds > 0);
  CHECK(figures.resident_bytes > 1024 * 1024);
  CHECK(figures.virtual_bytes > figures.resident_bytes);
  CHECK(figures.descriptors >= 3);
  CHECK(figures.descriptors <= figures.descriptors_max);
}

TEST_CASE("process_figures: the process began before now, and not long ago",
          "[process_figures]") {
  const auto figures = read_process_figures();
  CHECK(figures.start_seconds <= now_seconds());
  CHECK(figures.start_seconds > now_seconds() - 3600);
  CHECK(read_process_figures().start_seconds == figures.start_seconds);
}

TEST_CASE("process_figures: processor time rises", "[process_figures]") {
  const auto before = read_process_figures().cpu_seconds;
  double after = before;
  while (after < before + 0.001)
    after = read_process_figures().cpu_seconds;
  CHECK(after < before + 10);
}

TEST_CASE("process_figures: open descriptors are counted",
          "[process_figures]") {
  const auto before = detail::count_descriptors();
  const auto more = open_some(1000);
  // A thread of an earlier case may be opening a file just now.
  const auto difference = detail::count_descriptors() - before;
  CHECK(difference > 990);
  CHECK(difference < 1010);
}

TEST_CASE("process_figures: memory that is touched is resident",
          "[process_figures]") {
  constexpr std::size_t bytes = 64 * 1024 * 1024;
  const auto before = read_process_figures().resident_bytes;
  const std::vector<char> block(bytes, 1);
  CHECK(read_process_figures().resident_bytes >= before + bytes / 2);
}

TEST_CASE("process_figures: the allocator tells what it has",
          "[process_figures]") {
  const std::vector<char> block(1024 * 1024, 1);
  const auto figures = read_allocator_figures();
  CHECK(figures.mapped_bytes <= figures.in_use_bytes);
  // Asked again at once, it is not asked.
  const std::vector<char> more(1024 * 1024, 1);
  CHECK(read_allocator_figures().in_use_bytes == figures.in_use_bytes);
}
