// What the kernel and the allocator know of this process, for /metrics and the
// admin API. All of it is cheap at any number of sessions: what would take
// longer the more there are is read seldom, or by a thread of its own. Linux
// and glibc. Sources: proc(5), mallinfo(3).

#pragma once

#include <chrono>
#include <cstdint>

namespace signalbox {

/// What the kernel does not tell is 0.
struct process_figures {
  /// User and system time of all threads so far.
  double cpu_seconds = 0;
  /// When the process began, in seconds since 1970.
  double start_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  /// Open ones. Before Linux 6.2 it is the number when it was asked for last.
  std::uint64_t descriptors = 0;
  /// As many may be open.
  std::uint64_t descriptors_max = 0;
};

/// Any thread; a few system calls. Never fails.
process_figures read_process_figures();

/// The heap. What the allocator has from the kernel is `in_use` and `free`
/// together; `mapped` of it lies in mappings of their own, for large blocks.
struct allocator_figures {
  std::uint64_t in_use_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t mapped_bytes = 0;
};

/// Any thread. The allocator walks its free blocks for it, about 0.2 us each,
/// while threads that allocate wait. So it is asked at most once a second, and
/// so seldom that no more than a ten-thousandth of the time goes there; in
/// between the answer is the last one.
allocator_figures read_allocator_figures();

namespace detail {

/// The open descriptors of this process, counted one by one: 1 us each or so.
std::uint64_t count_descriptors();

} // namespace detail

} // namespace signalbox
