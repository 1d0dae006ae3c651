// What a fuzz target holds its part to, beyond not crashing. Ends the process
// in every build: a fuzzer takes that for a finding, a test for a failure.

#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace signalbox::fuzz {

/// `property` is said as it should be: "a valid message stays valid".
inline void hold(bool is_so, const char* property) {
  if (is_so)
    return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes what stands before the first `border` off `rest`, all if there is
/// none. So that seeds can be written by hand, inputs are lines.
inline std::string_view take_until(std::string_view& rest, char border) {
  const auto end = rest.find(border);
  const auto result = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{}
                                       : rest.substr(end + 1);
  return result;
}

} // namespace signalbox::fuzz

/// What libFuzzer calls, and corpus_main.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);
