#include "net/frame_stream.hpp"

#include "tests/support/stream_fixture.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// Plain messages and what reads were given, in one list. A read begins when it
/// is wanted.
class one_frame_stream : public stream_fixture<frame_stream>,
                         private frame_stream::receiver {
public:
  static constexpr std::size_t bytes_max = 100;

  one_frame_stream() {
    on_read = [this] { seen.push_back("read " + hex(got.back())); };
  }

  void start() {
    stream().start_input(*this, bytes_max);
    stream().take_up_soon(*source);
    turns();
  }

  virtual ~one_frame_stream() = default;

  /// With the mask 0.
  static std::string frame(std::string_view payload, int first = 0x81) {
    std::string out{static_cast<char>(first)};
    out += static_cast<char>(0x80 | payload.size());
    out.append(4, '\0');
    return out.append(payload);
  }

  static std::string hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      out += {digits[byte >> 4], digits[byte & 15]};
    }
    return out;
  }

  void on_plain_message(std::string_view text) override {
    seen.emplace_back(text);
    if (text == "close")
      stream().close(*source);
  }

  void on_plain_pong() override { seen.emplace_back("pong"); }

  void on_plain_close(std::uint16_t code) override {
    seen.push_back("close " + std::to_string(code));
  }

  void on_other_input() override {
    // A session closes the stream after an error.
    if (!error)
      read_once(read_size);
  }

  void on_input_end() override { seen.emplace_back("end"); }

  void send(const std::string& bytes) {
    sockets.send(bytes);
    turns();
  }

  std::size_t read_size = 1000;
  pieces seen;
  std::size_t written = 0;
};

const auto ping = one_frame_stream::frame("", 0x89);

} // namespace

TEST_CASE_METHOD(one_frame_stream, "frame_stream: plain frames need no read",
                 "[frame_stream]") {
  start();
  send(frame("a") + frame("b"));
  send(frame("c", 0x82) + frame("", 0x8a) + frame("d"));
  CHECK(seen == pieces{"a", "b", "c", "pong", "d"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: nothing is taken before it is started",
                 "[frame_stream]") {
  send(frame("a"));
  CHECK(seen.empty());
  start();
  CHECK(seen == pieces{"a"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: anything else goes to the read, frame by frame",
                 "[frame_stream]") {
  start();
  send(frame("a") + ping + frame("b") + ping + ping);
  CHECK(seen
        == pieces{"a", "read " + hex(ping), "b", "read " + hex(ping),
                  "read " + hex(ping)});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: the read gets all of a message in fragments",
                 "[frame_stream]") {
  start();
  const auto first = frame("a", 0x01);
  const auto last = frame("b", 0x80);
  send(first);
  send(ping + last + frame("c"));
  CHECK(seen
        == pieces{"read " + hex(first), "read " + hex(ping),
                  "read " + hex(last), "c"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: a frame that came in two is the read's, the "
                 "next is not",
                 "[frame_stream]") {
  start();
  const auto one = frame("hello");
  send(one.substr(0, 3));
  send(one.substr(3) + frame("next"));
  CHECK(seen
        == pieces{"read " + hex(one.substr(0, 3)), "read " + hex(one.substr(3)),
                  "next"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: a small read gets a frame in parts",
                 "[frame_stream]") {
  read_size = 4;
  start();
  send(ping + frame("next"));
  CHECK(seen
        == pieces{"read " + hex(ping.substr(0, 4)),
                  "read " + hex(ping.substr(4)), "next"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: what is longer than the limit is the read's",
                 "[frame_stream]") {
  start();
  send(frame(std::string(bytes_max, 'x')));
  CHECK(seen == pieces{std::string(bytes_max, 'x')});
  const auto longer = frame(std::string(bytes_max + 1, 'x'));
  send(longer);
  CHECK(seen.back() == "read " + hex(longer));
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: after the close nothing more is taken",
                 "[frame_stream]") {
  start();
  send(frame("close") + frame("a") + ping);
  CHECK(seen == pieces{"close"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: the end of the input needs no read",
                 "[frame_stream]") {
  start();
  sockets.send(frame("a"));
  sockets.far.close();
  turns();
  CHECK(seen == pieces{"a", "end"});
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: the end of the input is told to a read",
                 "[frame_stream]") {
  start();
  sockets.send(ping.substr(0, 1));
  turns();
  read_once(read_size);
  sockets.far.close();
  turns();
  CHECK(seen == pieces{"read 89"});
  CHECK(error == boost::asio::error::eof);
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: a stream that lingers takes nothing",
                 "[frame_stream]") {
  start();
  stream().linger();
  send(frame("a") + ping);
  CHECK(seen.empty());
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: close frames are not written, pongs are",
                 "[frame_stream]") {
  const auto write = [this](std::string bytes) {
    stream().async_write_some(boost::asio::buffer(bytes),
                              [this](boost::system::error_code ec,
                                     std::size_t size) {
                                CHECK_FALSE(ec);
                                written += size;
                              });
    turns();
  };
  write(std::string{"\x8a\0", 2});
  write(std::string{"\x88\x02\x03\xe8", 4});
  CHECK(written == 6);
  CHECK(hex(sockets.receive().value()) == "8a00");
}

TEST_CASE_METHOD(one_frame_stream,
                 "frame_stream: what is unheard counts as written",
                 "[frame_stream]") {
  const auto write = [this](char c) {
    stream().async_write_some(boost::asio::buffer(&c, 1),
                              [this](boost::system::error_code ec,
                                     std::size_t size) {
                                CHECK_FALSE(ec);
                                written += size;
                              });
    turns();
  };
  stream().unheard([&] { write('a'); });
  write('b');
  CHECK(written == 2);
  CHECK(sockets.receive() == "b");
}
