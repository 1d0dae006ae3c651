// A Redis server's bytes, for backplane/resp: whole, in halves and byte by
// byte; and the same bytes as the parts of a command, a part a line.

#include "backplane/resp.hpp"
#include "backplane/resp_scanner.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

struct outcome {
  std::vector<resp_value> replies;
  std::string error;

  friend bool operator==(const outcome&, const outcome&) = default;
};

/// Reads `bytes` in pieces of `size`, as a connection hands them over.
outcome read_in_pieces(std::string_view bytes, std::size_t size) {
  resp_reader reader;
  outcome result;
  auto is_whole = true;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    const auto is_fed = reader.feed(piece);
    hold(is_whole || !is_fed, "a reader that has refused goes on refusing");
    is_whole = is_fed;
    while (auto reply = reader.next())
      result.replies.push_back(std::move(*reply));
    hold(is_whole || !reader.error().empty(), "a broken stream says why");
  }
  result.error = reader.error();
  return result;
}

std::size_t depth_of(const resp_value& value) {
  std::size_t deepest = 0;
  for (const auto& x : value.items)
    deepest = std::max(deepest, depth_of(x));
  return value.items.empty() ? 0 : deepest + 1;
}

/// `value` as a server would write it.
void append_reply(std::string& out, const resp_value& value) {
  switch (value.type) {
    case resp_value::kind::string:
      out += '$' + std::to_string(value.text.size()) + "\r\n" + value.text;
      break;
    case resp_value::kind::status:
      out += '+' + value.text;
      break;
    case resp_value::kind::error:
      out += '-' + value.text;
      break;
    case resp_value::kind::integer:
      out += ':' + std::to_string(value.integer);
      break;
    case resp_value::kind::nil:
      out += "$-1";
      break;
    case resp_value::kind::array:
      out += '*' + std::to_string(value.items.size()) + "\r\n";
      for (const auto& x : value.items)
        append_reply(out, x);
      return;
  }
  out += "\r\n";
}

void hold_replies(std::string_view bytes) {
  const auto whole = read_in_pieces(bytes, bytes.size());
  hold(read_in_pieces(bytes, (bytes.size() + 1) / 2) == whole,
       "halves are read as the whole");
  hold(read_in_pieces(bytes, 1) == whole, "bytes are read as the whole");
  std::string written;
  for (const auto& x : whole.replies) {
    hold(depth_of(x) <= resp_depth_max, "arrays in each other are bounded");
    append_reply(written, x);
  }
  // A nil array is written as a nil string, which is as long.
  hold(written.size() <= bytes.size(), "nothing is read that was not there");
  hold(read_in_pieces(written, written.size())
         == outcome{whole.replies, std::string{}},
       "what was read is written and read again");
  // hiredis refuses nothing else that the scanner has let through.
  resp_scanner scanner;
  scanner.scan(bytes);
  hold(whole.error == scanner.refusal() || whole.error == "Bad integer value",
       "the scanner refuses first");
}

void hold_command(std::string_view bytes) {
  std::vector<std::string_view> parts;
  resp_value expected;
  expected.type = resp_value::kind::array;
  do {
    const auto part = fuzz::take_until(bytes, '\n');
    parts.push_back(part);
    auto& item = expected.items.emplace_back();
    item.type = resp_value::kind::string;
    item.text = part;
  } while (!bytes.empty());
  std::string command;
  append_command(command, parts);
  hold(read_in_pieces(command, command.size())
         == outcome{{std::move(expected)}, std::string{}},
       "a command is an array of its parts");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  hold_replies(text);
  hold_command(text);
  return 0;
}
