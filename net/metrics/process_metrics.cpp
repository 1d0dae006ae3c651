#include "conf/load.hpp"
#include "net/metrics/metrics_parts.hpp"
#include "net/process_figures.hpp"

namespace signalbox {

namespace {

void add_allocator_metrics(metrics_text& out) {
  const auto heap = read_allocator_figures();
  out.gauge("signalbox_malloc_in_use_bytes",
            "Memory that the program has from the allocator.",
            static_cast<double>(heap.in_use_bytes));
  out.gauge("signalbox_malloc_free_bytes",
            "Memory that the allocator keeps for later.",
            static_cast<double>(heap.free_bytes));
  out.gauge("signalbox_malloc_mapped_bytes",
            "Memory in use that lies in mappings of its own.",
            static_cast<double>(heap.mapped_bytes));
}

} // namespace

void add_process_metrics(metrics_text& out) {
  const auto process = read_process_figures();
  out.info("signalbox_build_info", "The version that runs.", "version",
           version());
  out.counter("process_cpu_seconds_total", "User and system processor time.",
              process.cpu_seconds);
  out.gauge("process_start_time_seconds",
            "When the process began, in seconds since 1970.",
            process.start_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.",
            static_cast<double>(process.resident_bytes));
  out.gauge("process_virtual_memory_bytes", "Virtual memory.",
            static_cast<double>(process.virtual_bytes));
  out.gauge("process_open_fds", "Open file descriptors.",
            static_cast<double>(process.descriptors));
  out.gauge("process_max_fds", "File descriptors that may be open.",
            static_cast<double>(process.descriptors_max));
  add_allocator_metrics(out);
}

} // namespace signalbox
