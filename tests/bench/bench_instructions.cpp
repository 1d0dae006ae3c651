// A fixed number of operations, for counting instructions under callgrind: the
// difference between N and 2N, divided by N, is free of what the start costs.

#include "schema/frames.hpp"
#include "schema/validator.hpp"
#include "tests/bench/texts.hpp"

#include <cstdlib>
#include <iostream>

using namespace signalbox;

namespace {

int validate(const std::string& text, int count) {
  validator judge{65536};
  for (; count > 0; --count)
    if (!judge.check(text).is_valid())
      return 1;
  return 0;
}

int encode(const std::string& text, int count) {
  std::string out;
  std::size_t bytes = 0;
  for (; count > 0; --count) {
    out.clear();
    append_text_frame(out, text);
    bytes += out.size();
  }
  return bytes == 0 ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  const auto count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (what == "validate_candidate_200")
    return validate(bench::candidate(), count);
  if (what == "validate_offer_3000")
    return validate(bench::offer(3000), count);
  if (what == "encode_200")
    return encode(bench::candidate(), count);
  std::cerr << "expected validate_candidate_200, validate_offer_3000 or "
               "encode_200, and a count\n";
  return 2;
}
