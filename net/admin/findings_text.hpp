// What the inspectors have found, as the JSON text that openapi.json describes.
// It is made in pieces, so that a page of a thousand sessions stops a shard no
// longer than an event does. Pure but for the two clock readings it is given.

#pragma once

#include "actors/inspection.hpp"
#include "net/http_answer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace signalbox {

/// One moment on both clocks.
struct moment {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point wall;
};

class findings_text {
public:
  /// So many sessions, rooms or actors a piece.
  static constexpr std::size_t items_per_piece = 20;

  /// For an answer to `question`, whose order the `next` of a list keeps.
  findings_text(const inquiry& question, findings what, const moment& now);
  ~findings_text();

  findings_text(const findings_text&) = delete;
  findings_text& operator=(const findings_text&) = delete;

  /// Makes the next piece; false if it was the last one.
  bool go_on();

  /// REQUIRES: there is no more.
  http_answer answer() &&;

private:
  struct beginning;

  const findings what_;
  unsigned status_ = 200;
  std::string text_;
  /// What comes behind the items.
  std::string end_;
  std::size_t items_ = 0;
  std::size_t next_ = 0;
  std::function<nlohmann::ordered_json(std::size_t)> item_;
};

} // namespace signalbox
