// The parameters of a request to the admin API, from its query and its body,
// and the one way to ask for each. What is unknown, given twice or not as it
// should be is complained about by its name. Pure. Source: WHATWG URL §5.1
// (application/x-www-form-urlencoded: `+` is a space).

#pragma once

#include "net/http_answer.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signalbox {

class parameters {
public:
  /// More than any route knows. Who may not even be admitted may name
  /// thousands: each is compared with those before it.
  static constexpr std::size_t parameters_max = 8;

  /// `query` without its `?`. `body` is empty, or a JSON object of strings.
  parameters(std::string_view query, std::string_view body);

  /// The first thing that was wrong: nothing, or a 400.
  const std::optional<http_answer>& complaint() const noexcept {
    return complaint_;
  }

  /// Complains about parameters of other names.
  void allow(std::initializer_list<std::string_view> names);

  /// Nothing if it was not given.
  const std::string* find(std::string_view name) const;

  /// `otherwise` if it was not given, or is not as it should be.
  std::uint64_t integer(std::string_view name, std::uint64_t least,
                        std::uint64_t most, std::uint64_t otherwise);

  /// One of `words`, by its index; `otherwise` as above.
  std::size_t word(std::string_view name,
                   std::span<const std::string_view> words,
                   std::size_t otherwise);

  /// UTF-8 of at most so many characters; empty if it was not given.
  std::string text(std::string_view name, std::size_t characters_max);

  /// Remembers that `name` is not as it should be.
  void complain(std::string_view name, std::string_view expected);

private:
  void read_query(std::string_view query);
  void read_body(std::string_view body);
  void add(std::string name, std::string value);

  std::vector<std::pair<std::string, std::string>> all_;
  std::optional<http_answer> complaint_;
};

} // namespace signalbox
