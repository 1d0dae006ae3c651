// The validator against a slow judge of the same rules on top of another
// parser, over messages put together at random and over mutations of known
// ones. The seed is fixed: a failure can be repeated.

#include "lines.hpp"
#include "slow_judge.hpp"

#include "schema/validator.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

using namespace signalbox;
using signalbox::test::lines_of;
using signalbox::test::slow_opinion;

namespace {

using strings = std::vector<std::string>;

class generator {
public:
  explicit generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
  }

  const std::string& one_of(const strings& choices) {
    return choices[below(choices.size())];
  }

  /// A JSON value, sometimes a wrong one.
  std::string value(int depth = 0) {
    if (depth < 3 && below(4) == 0)
      return object(depth + 1);
    if (depth < 40 && below(8) == 0)
      return "[" + value(depth + 1) + "," + value(depth + 1) + "]";
    return one_of(values_);
  }

  std::string object(int depth) {
    std::string out = "{";
    for (auto count = below(6); count > 0; --count)
      out += one_of(names_) + ":" + value(depth) + (count > 1 ? "," : "");
    return out + "}";
  }

  std::string message() {
    if (below(5) == 0)
      return object(0);
    auto out = "{\"type\":" + one_of(types_);
    for (auto count = below(5); count > 0; --count)
      out += "," + one_of(names_) + ":" + value();
    return out + "}";
  }

  std::string mutated(std::string text) {
    for (auto count = 1 + below(3); count > 0; --count) {
      auto at = below(text.size() + 1);
      switch (below(4)) {
        case 0:
          text.insert(at, one_of(pieces_));
          break;
        case 1:
          text.erase(at, 1 + below(4));
          break;
        case 2:
          if (at < text.size())
            text[at] = static_cast<char>(below(256));
          break;
        default:
          if (at < text.size())
            text.insert(below(text.size()), text.substr(at, below(20)));
          break;
      }
    }
    return text;
  }

private:
  std::mt19937 random_;
  strings types_{R"("offer")",        R"("answer")",
                 R"("pranswer")",     R"("rollback")",
                 R"("candidate")",    R"("control")",
                 R"("c\u006fntrol")", R"("pong")",
                 R"("leave")",        R"("peer-disconnected")"};
  strings names_{R"("type")",
                 R"("sdp")",
                 R"("candidate")",
                 R"("description")",
                 R"("sdpMid")",
                 R"("sdpMLineIndex")",
                 R"("usernameFragment")",
                 R"("action")",
                 R"("payload")",
                 R"("a")",
                 R"("\u0073dp")",
                 R"("a\u0000")",
                 R"("\ufdd0")",
                 R"("from")",
                 R"("typ")"};
  strings values_{"null",
                  "true",
                  "false",
                  "0",
                  "1.0",
                  "65535",
                  "65536",
                  "1.5",
                  "-1",
                  "-0",
                  "1e0",
                  "6.5535e4",
                  "1e400",
                  "1e-400",
                  "01",
                  "18446744073709551615",
                  "18446744073709551616",
                  "-9223372036854775809",
                  "123456789012345678901234567890.5",
                  R"("")",
                  R"("v=0\r\n")",
                  R"("x")",
                  R"("schema-error")",
                  R"("schema\u002derror")",
                  R"("offer")",
                  R"("rollback")",
                  R"("\ud83d\ude00")",
                  R"("\ud800")",
                  R"("\uffff")",
                  "{}",
                  "[]",
                  "\"\xF0\x9F\x98\x80\"",
                  "\"\xF0\x9F\xBF\xBF\"",
                  "\"\xFF\"",
                  "\"" + std::string(4096, 'a') + "\"",
                  "\"" + std::string(4097, 'a') + "\"",
                  std::string(31, '[') + std::string(31, ']'),
                  std::string(32, '[') + std::string(32, ']'),
                  std::string(31, '[') + "1" + std::string(31, ']'),
                  std::string(32, '[') + "1" + std::string(32, ']'),
                  std::string(400, '9')};
  strings pieces_{"\"",
                  "\\",
                  "{",
                  "}",
                  "[",
                  "]",
                  ",",
                  ":",
                  " ",
                  "\n",
                  "0",
                  "1",
                  "-",
                  ".",
                  "e5",
                  "e400",
                  "\\u",
                  "\\ud800",
                  "\\udc00",
                  "\\ufffe",
                  "\\u0000",
                  "\xEF\xBB\xBF",
                  "\xEF\xBF\xBF",
                  "\x80",
                  std::string(1, '\0'),
                  "18446744073709551616",
                  "null",
                  "tru",
                  "\"type\":\"pong\",",
                  ",\"a\":1",
                  "\x01",
                  "\x7F",
                  "/**/",
                  std::string(30, '['),
                  std::string(30, ']')};
};

/// Judges `text` twice; what differs, as text, or nothing.
std::string difference(validator& judge, const std::string& text) {
  auto fast = judge.check(text);
  auto slow = slow_opinion(text);
  auto is_same = fast.error == slow.error
                 && (!fast.is_valid() || name_of(fast.kind) == slow.kind);
  return is_same ? ""
                 : std::string{name_of(fast.error)} + " against "
                     + std::string{name_of(slow.error)} + ": " + text;
}

strings known_texts() {
  strings all;
  for (auto outcome :
       {ec::none, ec::reserved, ec::unknown_type, ec::bad_member})
    for (auto& line : lines_of(outcome))
      all.push_back(std::move(line));
  return all;
}

} // namespace

TEST_CASE("validator: a slow judge agrees on every known message",
          "[validator]") {
  validator judge{65536};
  for (const auto& text : known_texts())
    CHECK(difference(judge, text) == "");
}

TEST_CASE("validator: a slow judge agrees on messages made at random",
          "[validator]") {
  validator judge{65536};
  generator random{20'000};
  auto valid = 0;
  for (int i = 0; i < 60'000; ++i) {
    auto text = random.message();
    if (auto what = difference(judge, text); !what.empty())
      FAIL(what);
    valid += judge.check(text).is_valid() ? 1 : 0;
  }
  CHECK(valid > 1000); // else the random messages would prove little
}

TEST_CASE("validator: a slow judge agrees on mutated messages", "[validator]") {
  validator judge{65536};
  generator random{30'000};
  auto texts = known_texts();
  auto valid = 0;
  for (int i = 0; i < 80'000; ++i) {
    auto text = random.mutated(random.one_of(texts));
    if (auto what = difference(judge, text); !what.empty())
      FAIL(what);
    valid += judge.check(text).is_valid() ? 1 : 0;
  }
  CHECK(valid > 1000);
}
