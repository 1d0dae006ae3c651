// A session whose socket is in memory: what it writes is kept, taken apart into
// frames, and how much of it the kernel takes is for the test to say.

#pragma once

#include "actors/session.hpp"
#include "schema/frames.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace signalbox::test {

/// The texts of ready-made text frames; "ping" for a ping.
inline std::vector<std::string> texts_of(std::string_view frames) {
  std::vector<std::string> result;
  while (!frames.empty()) {
    const auto size = prefix_size(frames, 1);
    auto payload = static_cast<std::size_t>(frames[1] & 0x7f);
    if (payload == 126)
      payload = size - 4;
    else if (payload == 127)
      payload = size - 10;
    result.emplace_back(frames.substr(size - payload, payload));
    if (frames[0] == '\x89')
      result.back() = "ping";
    frames.remove_prefix(size);
  }
  return result;
}

class fake_session final : public session {
public:
  struct close_frame {
    unsigned code;
    std::string reason;
    friend bool operator==(const close_frame&, const close_frame&) = default;
  };

  fake_session(caf::actor_config& config, home& where, session_start start)
    : session(config, where, std::move(start)) {
    // nop
  }

  // -- what the test says -----------------------------------------------------

  /// Bytes that stay unsent when flushed.
  std::size_t kernel_refuses = 0;
  bool throws_on_write = false;

  /// Receives one event with these messages.
  void event(std::initializer_list<std::string_view> messages) {
    for (auto x : messages)
      receive(x);
    event_over();
  }

  /// The turn ends: what was written leaves, as far as the kernel takes it.
  void end_turn() {
    flush();
    flushes = 0;
  }

  // -- what happened ----------------------------------------------------------

  std::vector<std::string> written;
  std::vector<close_frame> closes;
  std::size_t writes_after_close = 0;
  std::size_t flushes = 0;
  bool is_reading = false;
  bool is_dropped = false;
  std::vector<std::chrono::milliseconds> expiry_notices;
  std::vector<ec> refreshes;

  std::size_t count_written(std::string_view text) const {
    return static_cast<std::size_t>(
      std::count(written.begin(), written.end(), text));
  }

  // -- the port ---------------------------------------------------------------

  void drop() override {
    if (is_dropped)
      return;
    is_dropped = true;
    closed();
  }

protected:
  void write(std::string_view frames) override {
    if (throws_on_write)
      throw std::runtime_error("the port is broken");
    if (!closes.empty())
      ++writes_after_close;
    for (auto& x : texts_of(frames))
      written.push_back(std::move(x));
    unsent_ += frames.size();
  }

  std::size_t unsent_bytes() const noexcept override { return unsent_; }

  std::size_t flush() override {
    ++flushes;
    unsent_ = std::min(unsent_, kernel_refuses);
    return unsent_;
  }

  void write_close(close_reason reason) override {
    closes.push_back({reason.code, std::string{reason.reason}});
  }

  void start_reading() override { is_reading = true; }

  void token_expires_in(std::chrono::milliseconds left) override {
    expiry_notices.push_back(left);
  }

  void refreshed(ec error) override { refreshes.push_back(error); }

private:
  std::size_t unsent_ = 0;
};

/// A valid message that says `what`.
inline std::string saying(std::string_view what) {
  return R"({"type":"control","action":")" + std::string{what} + R"("})";
}

/// A batch of these texts, as a session makes it.
inline batch_ptr batch_of(const std::vector<std::string>& texts) {
  auto result = std::make_shared<relay_batch>();
  for (auto& x : texts) {
    append_text_frame(result->frames, x);
    ++result->messages;
  }
  return result;
}

} // namespace signalbox::test
