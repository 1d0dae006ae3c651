#include "net/console/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace signalbox::console {

namespace {

bool is_known(const std::optional<double>& x) {
  return x && std::isfinite(*x);
}

std::string number(double value, int places, const char* unit) {
  char buffer[64];
  // What no node says must not take the line.
  value = std::clamp(value, -1e15, 1e15);
  std::snprintf(buffer, sizeof(buffer), "%.*f%s", places, value, unit);
  return buffer;
}

/// Three digits.
std::string short_number(double value, const char* unit) {
  return number(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, unit);
}

/// `4m05s`
std::string two_parts(std::uint64_t value, std::uint64_t part,
                      const char* format) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), format,
                static_cast<unsigned long long>(value / part),
                static_cast<unsigned long long>(value % part));
  return buffer;
}

std::optional<std::vector<double>> numbers_in(const json& value) {
  if (!value.is_array())
    return std::nullopt;
  std::vector<double> result;
  for (const auto& x : value) {
    if (!x.is_number())
      return std::nullopt;
    result.push_back(x.get<double>());
  }
  return result;
}

} // namespace

std::string duration_text(std::optional<double> seconds) {
  if (!is_known(seconds))
    return unknown;
  const auto x = *seconds;
  if (x < 0.0009995)
    return number(x * 1e6, 0, "us");
  if (x < 0.9995)
    return short_number(x * 1e3, "ms");
  return short_number(x, "s");
}

std::string age_text(std::optional<double> seconds) {
  if (!is_known(seconds))
    return unknown;
  const auto x = static_cast<std::uint64_t>(std::clamp(*seconds, 0.0, 1e12));
  if (x < 60)
    return std::to_string(x) + 's';
  if (x < 3600)
    return two_parts(x, 60, "%llum%02llus");
  if (x < 86400)
    return two_parts(x / 60, 60, "%lluh%02llum");
  return two_parts(x / 3600, 24, "%llud%02lluh");
}

std::string bytes_text(std::optional<double> bytes) {
  if (!is_known(bytes))
    return unknown;
  auto x = *bytes;
  if (x < 1000)
    return number(x, 0, "");
  static constexpr const char* units[] = {"K", "M", "G", "T", "P"};
  std::size_t i = 0;
  for (x /= 1024; x >= 999.95 && i + 1 < std::size(units); x /= 1024)
    ++i;
  return number(x, 1, units[i]);
}

std::string rate_text(std::optional<double> rate) {
  if (!is_known(rate))
    return unknown;
  return *rate == 0 ? "0" : number(*rate, *rate < 9.95 ? 1 : 0, "");
}

std::string count_text(std::optional<double> count) {
  return is_known(count) ? number(*count, 0, "") : unknown;
}

std::string share_text(std::optional<double> share) {
  return is_known(share) ? number(*share * 100, 0, "%") : unknown;
}

std::optional<histogram> read_histogram(const json& value) {
  auto bounds = numbers_in(member(value, "bounds"));
  auto counts = numbers_in(member(value, "counts"));
  if (!bounds || !counts || counts->size() != bounds->size() + 1
      || !std::is_sorted(bounds->begin(), bounds->end()))
    return std::nullopt;
  return histogram{std::move(*bounds), std::move(*counts)};
}

histogram since(const histogram& now, const std::optional<histogram>& earlier) {
  if (!earlier || earlier->bounds != now.bounds)
    return now;
  auto result = now;
  for (std::size_t i = 0; i < result.counts.size(); ++i) {
    result.counts[i] -= earlier->counts[i];
    if (result.counts[i] < 0)
      return now;
  }
  return result;
}

std::optional<double> quantile(const histogram& x, double q) {
  const auto total = std::accumulate(x.counts.begin(), x.counts.end(), 0.0);
  if (!(total > 0) || x.bounds.empty())
    return std::nullopt;
  const auto wanted = q * total;
  double below = 0;
  for (std::size_t i = 0; i < x.bounds.size(); ++i) {
    const auto here = x.counts[i];
    if (here > 0 && below + here >= wanted) {
      const auto from = i == 0 ? 0.0 : x.bounds[i - 1];
      return from + (x.bounds[i] - from) * (wanted - below) / here;
    }
    below += here;
  }
  return x.bounds.back();
}

} // namespace signalbox::console
