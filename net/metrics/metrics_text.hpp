// Puts metrics together and writes them in Prometheus' text format. Knows how
// figures of several shards become one sample or one each, not which there are.
// For one page: it reads the shards' figures as they are when a metric is
// added. Any thread.

#pragma once

#include "actors/home.hpp"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

using prometheus::MetricType;

class metrics_text {
public:
  /// The shards' homes, at least one.
  explicit metrics_text(const std::vector<const home*>& homes) : homes_(homes) {
    // nop
  }

  const std::vector<const home*>& homes() const noexcept { return homes_; }

  // -- one sample -------------------------------------------------------------

  void gauge(const char* name, const char* help, double value);
  void counter(const char* name, const char* help, double value);

  /// The sum of all shards.
  void gauge(const char* name, const char* help, cell figures::*member);
  void counter(const char* name, const char* help, cell figures::*member);
  void histogram(const char* name, const char* help,
                 duration_histogram figures::*member);

  /// 1, for the label's sake.
  void info(const char* name, const char* help, const char* label,
            std::string_view value);

  // -- one sample for each of some values of a label --------------------------

  /// How one sample is made of the shards' figures.
  enum class over_shards : std::uint8_t { sum, max };

  /// `read(figures, i)` is the cell of `values[i]` in one shard.
  template <class Read>
  void for_each_value(const char* name, const char* help, MetricType type,
                      const char* label,
                      const std::vector<std::string_view>& values, Read read,
                      over_shards how = over_shards::sum) {
    auto& family = add_family(name, help, type);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint64_t result = 0;
      for (const auto* x : homes_) {
        const auto value = read(x->figures, i).value();
        result = how == over_shards::sum ? result + value
                                         : std::max(result, value);
      }
      add_sample(family, label, values[i], static_cast<double>(result));
    }
  }

  // -- one sample for each shard ----------------------------------------------

  /// `read(home)` is a number.
  template <class Read>
  void for_each_shard(const char* name, const char* help, MetricType type,
                      Read read) {
    auto& family = add_family(name, help, type);
    for (const auto* x : homes_)
      add_sample(family, "shard", std::to_string(x->shard),
                 static_cast<double>(read(*x)));
  }

  /// `read(home)` is a duration_histogram.
  template <class Read>
  void histogram_of_each_shard(const char* name, const char* help, Read read) {
    auto& family = add_family(name, help, MetricType::Histogram);
    for (const auto* x : homes_)
      add(add_sample(family, "shard", std::to_string(x->shard)), read(*x));
  }

  // -- result -----------------------------------------------------------------

  std::string text() const;

private:
  using sample = prometheus::ClientMetric;
  using family = prometheus::MetricFamily;

  family& add_family(const char* name, const char* help, MetricType type);
  sample& add_sample(family& to);
  sample& add_sample(family& to, const char* label, std::string_view value);
  void add_sample(family& to, const char* label, std::string_view value,
                  double number);
  static void set(const family& of, sample& x, double number);
  static void add(sample& to, const duration_histogram& x);
  double sum(cell figures::*member) const;

  const std::vector<const home*>& homes_;
  std::vector<family> families_;
};

/// A count of nanoseconds as seconds.
inline double seconds_of(const cell& nanoseconds) noexcept {
  return static_cast<double>(nanoseconds.value()) * 1e-9;
}

} // namespace signalbox
