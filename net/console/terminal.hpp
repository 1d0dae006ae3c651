// The terminal that `signalbox top` draws on: a screen of its own, without a
// cursor and without echo, for as long as the object lives. Signals that would
// end the program are values here, so nothing can leave the terminal as it is.
// Source: xterm's Control Sequences (DECSET 1049, 25), signalfd(2), termios(3).

#pragma once

#include "net/descriptor.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <termios.h>
#include <vector>

namespace signalbox::console {

struct terminal_size {
  std::size_t width = 80;
  std::size_t height = 24;
};

/// Whether `descriptor` is a terminal that can be drawn on.
bool is_screen(int descriptor);

/// Nothing if it is no terminal; 80 by 24 if it does not know.
std::optional<terminal_size> size_of(int descriptor);

/// One drawing: `lines` from the top, and nothing else on the screen. They are
/// no wider than it is, and no more. Pure.
std::string frame_of(const std::vector<std::string>& lines);

class terminal {
public:
  /// Takes over stdout, and stdin if that is a terminal too. Throws
  /// std::system_error.
  terminal();

  /// Gives them back as they were.
  ~terminal();

  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  enum class event { none, redraw, quit };

  /// Where events come from.
  std::vector<int> descriptors() const;

  /// Takes up all that has come, without waiting. SIGTSTP stops the program
  /// here, with the terminal given back meanwhile.
  event take();

  /// Throws std::system_error if the terminal is gone.
  void draw(const std::vector<std::string>& lines);

private:
  void enter();
  void leave() noexcept;
  event take_signals();
  event take_keys();

  descriptor signals_;
  bool has_keys_ = false;
  termios before_{};
  bool is_entered_ = false;
};

} // namespace signalbox::console
