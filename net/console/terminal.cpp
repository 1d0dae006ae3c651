#include "net/console/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace signalbox::console {

namespace {

constexpr std::string_view enter_text = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view leave_text = "\x1b[?25h\x1b[?1049l";

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

/// False if not all of it could be written.
bool write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto size = ::write(STDOUT_FILENO, text.data(), text.size());
    if (size > 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Whoever shares the terminal has made it so.
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&output, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

sigset_t signals_taken() {
  sigset_t result;
  sigemptyset(&result);
  for (const auto x : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    sigaddset(&result, x);
  return result;
}

bool is_readable(int descriptor) {
  pollfd input{descriptor, POLLIN, 0};
  return ::poll(&input, 1, 0) == 1;
}

} // namespace

bool is_screen(int descriptor) {
  const auto* kind = std::getenv("TERM");
  return ::isatty(descriptor) && kind && *kind
         && std::string_view{kind} != "dumb";
}

std::optional<terminal_size> size_of(int descriptor) {
  winsize size{};
  if (!::isatty(descriptor))
    return std::nullopt;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0
      || size.ws_row == 0)
    return terminal_size{};
  return terminal_size{size.ws_col, size.ws_row};
}

// Each line is wiped before it is written: behind a full one the cursor still
// stands on the last column, which would be wiped. The last one wipes all
// below.
std::string frame_of(const std::vector<std::string>& lines) {
  std::string result = "\x1b[H";
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    result += "\x1b[K" + lines[i] + "\r\n";
  return result + "\x1b[J" + (lines.empty() ? "" : lines.back());
}

terminal::terminal() {
  const auto taken = signals_taken();
  if (sigprocmask(SIG_BLOCK, &taken, nullptr) != 0)
    fail("sigprocmask");
  signals_ = descriptor{::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC)};
  if (!signals_.is_open())
    fail("signalfd");
  has_keys_ = ::isatty(STDIN_FILENO)
              && ::tcgetattr(STDIN_FILENO, &before_) == 0;
  enter();
}

terminal::~terminal() {
  leave();
}

std::vector<int> terminal::descriptors() const {
  std::vector<int> result{signals_.get()};
  if (has_keys_)
    result.push_back(STDIN_FILENO);
  return result;
}

void terminal::enter() {
  if (has_keys_) {
    auto raw = before_;
    // Ctrl-C and Ctrl-Z stay signals.
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  is_entered_ = true;
  if (!write_all(enter_text))
    fail("write");
}

void terminal::leave() noexcept {
  if (!std::exchange(is_entered_, false))
    return;
  write_all(leave_text);
  if (has_keys_)
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

terminal::event terminal::take() {
  return std::max(take_signals(), take_keys());
}

terminal::event terminal::take_signals() {
  auto result = event::none;
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    switch (info.ssi_signo) {
      case SIGWINCH:
        result = std::max(result, event::redraw);
        break;
      case SIGTSTP:
        leave();
        ::kill(::getpid(), SIGSTOP);
        enter();
        result = std::max(result, event::redraw);
        break;
      default:
        return event::quit;
    }
  }
  return result;
}

terminal::event terminal::take_keys() {
  if (!has_keys_ || !is_readable(STDIN_FILENO))
    return event::none;
  char keys[64];
  const auto size = ::read(STDIN_FILENO, keys, sizeof(keys));
  // Hung up: it would be readable for ever.
  if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) {
    has_keys_ = false;
    return event::none;
  }
  const auto is_quit = [](char c) { return c == 'q' || c == 'Q'; };
  return std::any_of(keys, keys + std::max<ssize_t>(size, 0), is_quit)
           ? event::quit
           : event::none;
}

void terminal::draw(const std::vector<std::string>& lines) {
  if (!write_all(frame_of(lines)))
    fail("write");
}

} // namespace signalbox::console
