// What nodes publish on a room's channel: `{"senderId":ID,"data":MESSAGE,
// "originServerId":NODE}`, the form of the reference server. A message of ours
// is embedded byte for byte, and taken out again byte for byte whoever wrote
// the envelope.
// Hot path: both directions run once per message between nodes, and allocate
// nothing once the longest text was seen.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

/// Appends the envelope of a message to `out`.
/// REQUIRES: `data` is a JSON object; nothing in `sender` and `node` needs an
/// escape in JSON, as is true of ids of ours (member_id.hpp).
void append_envelope(std::string& out, std::string_view sender,
                     std::string_view data, std::string_view node);

struct envelope {
  /// Unescaped. Empty if there is none, or null.
  std::string_view sender;
  std::string_view origin;
  /// The message: a JSON object, as it stands in the text, with the white space
  /// around it.
  std::string_view data;
  /// Whether the message says that the sender left.
  bool is_leave = false;
};

/// Reads envelopes. One per shard: owns the parser's buffers. Not thread-safe.
class envelope_parser {
public:
  /// Longer texts are not read; buffers grow to the longest text seen, not to
  /// the bound.
  explicit envelope_parser(std::size_t text_bytes_max);
  ~envelope_parser();
  envelope_parser(const envelope_parser&) = delete;
  envelope_parser& operator=(const envelope_parser&) = delete;

  /// `text` may be any bytes. Nothing unless all of it is one JSON object in
  /// UTF-8, with an object as `data` and nothing but strings or null as
  /// `senderId` and `originServerId`. Members may come in any order, others are
  /// ignored, and of repeated ones the last counts, as for JSON.parse. `data`
  /// views `text`; the other views end with the next call.
  std::optional<envelope> parse(std::string_view text) noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace signalbox
