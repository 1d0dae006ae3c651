// Figures for people: durations, sizes and rates in few columns, and quantiles
// out of histograms. Pure.

#pragma once

#include "net/console/admin_json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace signalbox::console {

/// `-` stands for what is not known in all of these.
inline constexpr const char* unknown = "-";

/// `250us`, `1.25ms`, `12.5s`: how long something took.
std::string duration_text(std::optional<double> seconds);

/// `12s`, `4m05s`, `3h20m`, `12d04h`: how long ago.
std::string age_text(std::optional<double> seconds);

/// `512`, `1.5K`, `12.0M`: bytes, by 1024.
std::string bytes_text(std::optional<double> bytes);

/// `0`, `0.4`, `12`, `1234`: a number of things in a second.
std::string rate_text(std::optional<double> rate);

/// A whole number.
std::string count_text(std::optional<double> count);

/// `37%`
std::string share_text(std::optional<double> share);

/// Counts of durations by upper bounds in seconds; the last count is of those
/// above all bounds.
struct histogram {
  std::vector<double> bounds;
  std::vector<double> counts;
};

/// Nothing if it is not one.
std::optional<histogram> read_histogram(const json& value);

/// What has come since `earlier`; `now` if that is no earlier state of it.
histogram since(const histogram& now, const std::optional<histogram>& earlier);

/// The duration that a share `q` of them does not exceed, evenly spread in each
/// bucket; the highest bound for those above it. Nothing if there are none.
/// Source: Prometheus, histogram_quantile.
std::optional<double> quantile(const histogram& x, double q);

} // namespace signalbox::console
