// Any bytes as a message: schema/validator against a slow judge on another
// parser, and what is valid as a frame and back.

#include "schema/frames.hpp"
#include "schema/validator.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/unit/schema/slow_judge.hpp"

#include <string>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

constexpr std::size_t message_bytes_max = 65536;

bool are_equal(const verdict& x, const verdict& y) {
  return x.error == y.error && x.explanation == y.explanation
         && (!x.is_valid() || x.kind == y.kind);
}

void hold_verdict(std::string_view text, const verdict& found) {
  // One per shard in production: what it saw before must not matter.
  static validator experienced{message_bytes_max};
  hold(are_equal(found, experienced.check(text)),
       "the verdict does not depend on earlier messages");
  hold(are_equal(found, experienced.check(text)),
       "the verdict is the same when asked again");
  hold(found.is_valid() == found.explanation.empty(),
       "what is refused is explained, and nothing else");
  if (text.size() > message_bytes_max) {
    hold(found.error == ec::too_large, "what is too large is refused");
    return;
  }
  const auto opinion = test::slow_opinion(std::string{text});
  hold(opinion.error == found.error, "the slow judge agrees on the error");
  hold(!found.is_valid() || opinion.kind == name_of(found.kind),
       "the slow judge agrees on the kind");
  const auto spaced = experienced.check(" \n" + std::string{text} + "\t\r");
  hold(text.size() + 4 > message_bytes_max || spaced.error == found.error,
       "space around a message changes nothing");
}

void hold_frames(std::string_view text) {
  std::string frames;
  append_text_frame(frames, text);
  const auto size = frames.size();
  hold(size == frame_header_size(text.size()) + text.size(),
       "a frame is its header and its payload");
  hold(frames.ends_with(text), "a frame carries its text unchanged");
  append_text_frame(frames, schema_error_text);
  append_text_frame(frames, text);
  hold(prefix_size(frames, 0) == 0, "no frames have no size");
  hold(prefix_size(frames, 1) == size, "the first frame ends where it ended");
  hold(prefix_size(frames, 3) == frames.size(), "all frames are all bytes");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  validator fresh{message_bytes_max};
  hold_verdict(text, fresh.check(text));
  hold_frames(text);
  return 0;
}
