#include "net/process_figures.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <malloc.h>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace signalbox {

namespace {

using clock = std::chrono::steady_clock;

constexpr const char* descriptors_path = "/proc/self/fd";

/// A file of /proc, of which only a line matters; empty if there is none.
std::string head_of(const char* path) {
  struct closer {
    void operator()(std::FILE* x) const noexcept { std::fclose(x); }
  };
  std::unique_ptr<std::FILE, closer> file{std::fopen(path, "re")};
  if (!file)
    return {};
  std::string result(1024, '\0');
  result.resize(std::fread(result.data(), 1, result.size(), file.get()));
  return result;
}

double seconds_of(clockid_t which) noexcept {
  timespec x{};
  if (clock_gettime(which, &x) != 0)
    return 0;
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

// /proc/self/stat has it in ticks since the machine was started; its 2nd field
// is the program's name, which may hold blanks and brackets.
double read_start_seconds() {
  const auto text = head_of("/proc/self/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return 0;
  unsigned long long ticks = 0;
  constexpr auto format =
    "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
    "%*d %*d %*d %*d %*d %*d %llu";
  if (std::sscanf(text.c_str() + name_end + 2, format, &ticks) != 1)
    return 0;
  const auto since_boot = static_cast<double>(ticks)
                          / static_cast<double>(sysconf(_SC_CLK_TCK));
  return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + since_boot;
}

// Since Linux 6.2 it is the directory's size. Before, they must be counted, and
// no shard waits until 20,000 are: a thread does it for the next one who asks.
std::uint64_t open_descriptors() {
  struct stat facts {};
  if (stat(descriptors_path, &facts) != 0)
    return 0;
  if (facts.st_size > 0)
    return static_cast<std::uint64_t>(facts.st_size);
  static std::atomic<std::uint64_t> last{detail::count_descriptors()};
  static std::atomic<bool> is_under_way{false};
  if (!is_under_way.exchange(true)) {
    try {
      std::thread{[] {
        last = detail::count_descriptors();
        is_under_way = false;
      }}.detach();
    } catch (const std::system_error&) {
      is_under_way = false;
    }
  }
  return last;
}

} // namespace

std::uint64_t detail::count_descriptors() {
  auto* directory = opendir(descriptors_path);
  if (!directory)
    return 0;
  std::uint64_t count = 0;
  while (const auto* x = readdir(directory))
    if (x->d_name[0] != '.')
      ++count;
  closedir(directory);
  // Less the one that this took.
  return count - std::min<std::uint64_t>(count, 1);
}

process_figures read_process_figures() {
  static const auto start_seconds = read_start_seconds();
  process_figures result;
  result.cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  result.start_seconds = start_seconds;
  unsigned long long all_pages = 0;
  unsigned long long resident_pages = 0;
  if (std::sscanf(head_of("/proc/self/statm").c_str(), "%llu %llu", &all_pages,
                  &resident_pages)
      == 2) {
    const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    result.virtual_bytes = all_pages * page_bytes;
    result.resident_bytes = resident_pages * page_bytes;
  }
  result.descriptors = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    result.descriptors_max = limit.rlim_cur;
  return result;
}

allocator_figures read_allocator_figures() {
  static std::mutex mutex;
  static allocator_figures last;
  static clock::time_point next{};
  std::lock_guard guard{mutex};
  const auto start = clock::now();
  if (start < next)
    return last;
  const auto info = mallinfo2();
  const auto end = clock::now();
  next = end
         + std::max<clock::duration>(std::chrono::seconds{1},
                                     1000 * (end - start));
  // In mallinfo's words: large blocks are in no arena, and all of them in use.
  last.in_use_bytes = info.uordblks + info.hblkhd;
  last.free_bytes = info.fordblks;
  last.mapped_bytes = info.hblkhd;
  return last;
}

} // namespace signalbox
