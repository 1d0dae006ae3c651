#include "backplane/resp.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace signalbox;

namespace {

using kind = resp_value::kind;
using values = std::vector<resp_value>;

resp_value text(kind type, std::string_view content) {
  resp_value value;
  value.type = type;
  value.text = content;
  return value;
}

resp_value string(std::string_view content) {
  return text(kind::string, content);
}

resp_value integer(std::int64_t number) {
  resp_value value;
  value.type = kind::integer;
  value.integer = number;
  return value;
}

resp_value array(values items) {
  resp_value value;
  value.type = kind::array;
  value.items = std::move(items);
  return value;
}

const resp_value nil;

/// What a reader makes of a stream.
struct outcome {
  values replies;
  std::string error;

  friend bool operator==(const outcome&, const outcome&) = default;
};

/// Feeds `bytes`, and takes what is complete.
void feed(resp_reader& reader, std::string_view bytes, outcome& result) {
  reader.feed(bytes);
  while (auto reply = reader.next())
    result.replies.push_back(std::move(*reply));
  result.error = reader.error();
}

/// The outcome of `bytes`, which is the same in one piece, in any two, and byte
/// by byte.
outcome read(std::string_view bytes) {
  outcome whole;
  resp_reader reader;
  feed(reader, bytes, whole);
  auto differing = std::string::npos;
  for (std::size_t border = 0; border <= bytes.size(); ++border) {
    outcome halves;
    resp_reader one;
    feed(one, bytes.substr(0, border), halves);
    feed(one, bytes.substr(border), halves);
    if (!(halves == whole))
      differing = border;
  }
  CHECK(differing == std::string::npos);
  outcome drops;
  resp_reader other;
  for (char byte : bytes)
    feed(other, {&byte, 1}, drops);
  CHECK(drops == whole);
  return whole;
}

/// The only reply in `bytes`.
resp_value reply_of(std::string_view bytes) {
  CAPTURE(bytes);
  auto result = read(bytes);
  CHECK(result.error.empty());
  REQUIRE(result.replies.size() == 1);
  return result.replies.front();
}

constexpr std::string_view hostile{"\r\n\0$-1\r\n*9\xff", 12};

} // namespace

TEST_CASE("resp: each kind of reply is read", "[resp]") {
  CHECK(reply_of("+OK\r\n") == text(kind::status, "OK"));
  CHECK(reply_of("+\r\n") == text(kind::status, ""));
  CHECK(reply_of("-ERR no\r\n") == text(kind::error, "ERR no"));
  CHECK(reply_of(":0\r\n") == integer(0));
  CHECK(reply_of(":-17\r\n") == integer(-17));
  CHECK(reply_of("$2\r\nhi\r\n") == string("hi"));
  CHECK(reply_of("$0\r\n\r\n") == string(""));
  CHECK(reply_of("$-1\r\n") == nil);
  CHECK(reply_of("*-1\r\n") == nil);
  CHECK(reply_of("*0\r\n") == array({}));
  CHECK(reply_of("*2\r\n:1\r\n$1\r\na\r\n")
        == array({integer(1), string("a")}));
}

TEST_CASE("resp: an integer has 64 bits", "[resp]") {
  using limits = std::numeric_limits<std::int64_t>;
  CHECK(reply_of(":9223372036854775807\r\n") == integer(limits::max()));
  CHECK(reply_of(":-9223372036854775808\r\n") == integer(limits::min()));
}

TEST_CASE("resp: a bulk string holds any bytes", "[resp]") {
  auto bytes = "$12\r\n" + std::string{hostile} + "\r\n";
  CHECK(reply_of(bytes) == string(hostile));
  CHECK(reply_of("*2\r\n" + bytes + bytes)
        == array({string(hostile), string(hostile)}));
}

TEST_CASE("resp: arrays stand in arrays", "[resp]") {
  CHECK(reply_of("*4\r\n*2\r\n:1\r\n*0\r\n*-1\r\n$-1\r\n*1\r\n*1\r\n-E\r\n")
        == array({array({integer(1), array({})}), nil, nil,
                  array({array({text(kind::error, "E")})})}));
}

TEST_CASE("resp: seven arrays in each other are read", "[resp]") {
  std::string bytes;
  for (int i = 0; i < 7; ++i)
    bytes += "*2\r\n:1\r\n";
  // Arrays without items open nothing.
  auto expected = array({});
  for (int i = 0; i < 7; ++i)
    expected = array({integer(1), expected});
  CHECK(reply_of(bytes + "*0\r\n") == expected);
}

TEST_CASE("resp: an array grows while arrays in it are read", "[resp]") {
  values items;
  std::string bytes = "*300\r\n";
  for (int i = 0; i < 300; ++i) {
    bytes += "*2\r\n:1\r\n*1\r\n$3\r\nabc\r\n";
    items.push_back(array({integer(1), array({string("abc")})}));
  }
  CHECK(reply_of(bytes) == array(items));
}

TEST_CASE("resp: pipelined replies come one after the other", "[resp]") {
  auto result = read("+OK\r\n$-1\r\n*1\r\n:1\r\n:2\r\n-E\r\n$1\r\na\r\n");
  CHECK(result.error.empty());
  CHECK(result.replies
        == values{text(kind::status, "OK"), nil, array({integer(1)}),
                  integer(2), text(kind::error, "E"), string("a")});
}

TEST_CASE("resp: thousands of replies in one piece are read", "[resp]") {
  std::string bytes;
  for (int i = 0; i < 5000; ++i)
    bytes += "*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n:" + std::to_string(i)
             + "\r\n";
  resp_reader reader;
  outcome result;
  feed(reader, bytes, result);
  REQUIRE(result.replies.size() == 5000);
  CHECK(result.replies.back().items.back() == integer(4999));
}

TEST_CASE("resp: half a reply is no reply and no error", "[resp]") {
  for (auto bytes : {"", "+", "+OK", "+OK\r", "$2\r\nhi", "$2\r\nhi\r",
                     "*2\r\n:1\r\n", "*1\r\n*1\r\n", "$67108800\r\n"})
    CHECK(read(bytes) == outcome{});
}

TEST_CASE("resp: what breaks the protocol ends the stream", "[resp]") {
  auto [bytes, error] = GENERATE(table<std::string, std::string>({
    {"x", "an unknown type of reply"},
    {"\r\n", "an unknown type of reply"},
    {"HTTP/1.1 400 Bad Request\r\n", "an unknown type of reply"},
    {"%1\r\n+a\r\n:1\r\n", "an unknown type of reply"},
    {"*1\r\nx", "an unknown type of reply"},
    {"+a\nb\r\n", "a line that does not end in CR LF"},
    {"+a\rb\r\n", "a line that does not end in CR LF"},
    {"+a\r\r\n", "a line that does not end in CR LF"},
    {"$1\n", "a line that does not end in CR LF"},
    {"$\r\n", "a bulk string without a length"},
    {"$-2\r\n", "a bulk string without a length"},
    {"$-0\r\n", "a bulk string without a length"},
    {"$-1 \r\n", "a bulk string without a length"},
    {"$+1\r\na\r\n", "a bulk string without a length"},
    {"$01\r\na\r\n", "a bulk string without a length"},
    {"$1a\r\n", "a bulk string without a length"},
    {"$?\r\n", "a bulk string without a length"},
    {"$18446744073709551617\r\n", "a bulk string without a length"},
    {"$000000000000000000000000000001\r\n", "a bulk string without a length"},
    {"$1\r\nab\r\n", "a bulk string that is longer than announced"},
    {"$1\r\na\rb", "a bulk string that is longer than announced"},
    {"$0\r\na\r\n", "a bulk string that is longer than announced"},
    {"*\r\n", "an array without a length"},
    {"*-2\r\n", "an array without a length"},
    {"*-2147483648\r\n", "an array without a length"},
    {"*1x\r\n", "an array without a length"},
    {":\r\n", "Bad integer value"},
    {":1.5\r\n", "Bad integer value"},
    {":9223372036854775808\r\n", "Bad integer value"},
    {"*2\r\n:1\r\n:a\r\n", "Bad integer value"},
  }));
  CAPTURE(bytes);
  CHECK(read(bytes) == outcome{{}, error});
  // What was complete before comes out.
  CHECK(read("+OK\r\n:1\r\n" + bytes + "+OK\r\n")
        == outcome{{text(kind::status, "OK"), integer(1)}, error});
}

TEST_CASE("resp: lengths that nobody has are refused as they are announced",
          "[resp]") {
  auto [bytes, error] = GENERATE(table<std::string, std::string>({
    {"*2147483647\r\n", "arrays of more than 1048576 items"},
    {"*1048577\r\n", "arrays of more than 1048576 items"},
    {"*2\r\n*1048575\r\n", "arrays of more than 1048576 items"},
    {"*18446744073709551615\r\n", "arrays of more than 1048576 items"},
    {"$67108864\r\n", "a reply of more than 64 MiB"},
    {"$9223372036854775807\r\n", "a reply of more than 64 MiB"},
    {"$18446744073709551615\r\n", "a reply of more than 64 MiB"},
  }));
  CAPTURE(bytes);
  CHECK(read(bytes) == outcome{{}, error});
}

TEST_CASE("resp: eight arrays in each other are refused", "[resp]") {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += "*1\r\n";
  CHECK(read(bytes) == outcome{{}, "more than 7 arrays in each other"});
}

TEST_CASE("resp: a reader that has refused stays refusing", "[resp]") {
  for (std::string bytes : {"x", ":a\r\n"}) {
    resp_reader reader;
    outcome result;
    feed(reader, bytes, result);
    auto error = reader.error();
    CHECK_FALSE(error.empty());
    CHECK_FALSE(reader.feed("+OK\r\n"));
    CHECK_FALSE(reader.next());
    CHECK(reader.error() == error);
  }
}

TEST_CASE("resp: feeding says whether the stream is whole", "[resp]") {
  resp_reader reader;
  CHECK(reader.feed("+OK\r\n"));
  CHECK(reader.next());
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.feed("+OK\r\nx"));
  // Not before what was complete is out.
  CHECK(reader.error().empty());
  CHECK(reader.next());
  CHECK(reader.error().empty());
  CHECK_FALSE(reader.next());
  CHECK(reader.error() == "an unknown type of reply");
}

TEST_CASE("resp: a reader may be moved in the middle of a reply", "[resp]") {
  resp_reader reader;
  reader.feed("*2\r\n*1\r\n:1\r\n");
  CHECK_FALSE(reader.next());
  auto moved = std::move(reader);
  reader = resp_reader{};
  moved.feed("+OK\r\n");
  CHECK(moved.next() == array({array({integer(1)}), text(kind::status, "OK")}));
  reader.feed(":2\r\n");
  CHECK(reader.next() == integer(2));
}

TEST_CASE("resp: an error is known by its first word", "[resp]") {
  auto error = text(kind::error, "MOVED 3999 127.0.0.1:6381");
  CHECK(error.is_error());
  CHECK(error.is_error("MOVED"));
  CHECK_FALSE(error.is_error("MOVE"));
  CHECK_FALSE(error.is_error("ASK"));
  CHECK(text(kind::error, "NOAUTH").is_error("NOAUTH"));
  CHECK_FALSE(text(kind::string, "MOVED").is_error("MOVED"));
  CHECK(text(kind::status, "OK").is_ok());
  CHECK_FALSE(string("OK").is_ok());
  CHECK(nil.is_nil());
}
