#include "net/metrics/metrics_text.hpp"

#include <prometheus/text_serializer.h>

#include <chrono>
#include <limits>

namespace signalbox {

// -- one sample ---------------------------------------------------------------

void metrics_text::gauge(const char* name, const char* help, double value) {
  add_sample(add_family(name, help, MetricType::Gauge)).gauge.value = value;
}

void metrics_text::counter(const char* name, const char* help, double value) {
  add_sample(add_family(name, help, MetricType::Counter)).counter.value = value;
}

void metrics_text::gauge(const char* name, const char* help,
                         cell figures::*member) {
  gauge(name, help, sum(member));
}

void metrics_text::counter(const char* name, const char* help,
                           cell figures::*member) {
  counter(name, help, sum(member));
}

void metrics_text::histogram(const char* name, const char* help,
                             duration_histogram figures::*member) {
  auto& all = add_sample(add_family(name, help, MetricType::Histogram));
  for (const auto* x : homes_)
    add(all, x->figures.*member);
}

void metrics_text::info(const char* name, const char* help, const char* label,
                        std::string_view value) {
  add_sample(add_family(name, help, MetricType::Gauge), label, value, 1);
}

// -- result -------------------------------------------------------------------

std::string metrics_text::text() const {
  return prometheus::TextSerializer{}.Serialize(families_);
}

metrics_text::family&
metrics_text::add_family(const char* name, const char* help, MetricType type) {
  families_.push_back({name, help, type, {}});
  return families_.back();
}

metrics_text::sample& metrics_text::add_sample(family& to) {
  return to.metric.emplace_back();
}

metrics_text::sample& metrics_text::add_sample(family& to, const char* label,
                                               std::string_view value) {
  auto& result = add_sample(to);
  result.label.push_back({label, std::string{value}});
  return result;
}

void metrics_text::add_sample(family& to, const char* label,
                              std::string_view value, double number) {
  set(to, add_sample(to, label, value), number);
}

void metrics_text::set(const family& of, sample& x, double number) {
  if (of.type == MetricType::Counter)
    x.counter.value = number;
  else
    x.gauge.value = number;
}

// Its buckets are cumulative: each counts what is below its bound.
void metrics_text::add(sample& to, const duration_histogram& x) {
  constexpr auto buckets = duration_histogram::bounds.size() + 1;
  auto& all = to.histogram;
  if (all.bucket.empty()) {
    for (const auto bound : duration_histogram::bounds)
      all.bucket.push_back({0, bound});
    all.bucket.push_back({0, std::numeric_limits<double>::infinity()});
  }
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    count += x.count_in(i);
    all.bucket[i].cumulative_count += count;
  }
  all.sample_count += count;
  all.sample_sum += std::chrono::duration<double>(x.sum()).count();
}

double metrics_text::sum(cell figures::*member) const {
  std::uint64_t result = 0;
  for (const auto* x : homes_)
    result += (x->figures.*member).value();
  return static_cast<double>(result);
}

} // namespace signalbox
