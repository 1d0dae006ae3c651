#include "net/console/top.hpp"

#include "net/console/figures.hpp"
#include "net/console/overview.hpp"
#include "net/console/terminal.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace signalbox::console {

namespace {

using clock = std::chrono::steady_clock;

/// More than a screen holds.
constexpr std::size_t actors_max = 100;
constexpr std::size_t actors_printed = 10;

/// What was seen last, and what is in the way of seeing more.
struct sight {
  json now;
  json earlier;
  json actors;
  std::string failure;
  clock::time_point failed_at;

  /// Asks for all of it. False if there was no answer: all stays as it was.
  bool renew(admin_client& client, std::size_t actors_wanted,
             const attention* meanwhile) {
    auto overview = client.ask({.path = "overview", .body = {}}, meanwhile);
    if (!overview.failure.empty())
      return fail(std::move(overview.failure));
    auto list = client.ask({.path = "actors?sort=handlingSeconds&limit="
                                    + std::to_string(actors_wanted),
                            .body = {}},
                           meanwhile);
    if (!list.failure.empty())
      return fail(std::move(list.failure));
    failure.clear();
    earlier = std::exchange(now, std::move(overview.body));
    actors = std::move(list.body);
    return true;
  }

  std::vector<std::string> lines(std::size_t width, std::size_t height) const {
    std::string trouble;
    if (!failure.empty())
      trouble =
        "no answer for "
        + age_text(
          std::chrono::duration<double>(clock::now() - failed_at).count())
        + ": " + failure;
    return render({now, earlier, actors, trouble}, width, height);
  }

private:
  bool fail(std::string why) {
    if (failure.empty())
      failed_at = clock::now();
    failure = std::move(why);
    return false;
  }
};

class live_view {
public:
  live_view(admin_client& client, sight& seen, std::chrono::milliseconds every)
    : client_(client), seen_(seen), every_(every) {
    hears_.look = [this] { return look(); };
  }

  void run() {
    draw();
    auto due = clock::now();
    while (!has_ended_) {
      // What was missed is not made up for.
      due = std::max(due + every_, clock::now());
      wait_until(due);
      if (has_ended_)
        break;
      seen_.renew(client_, actors_wanted(), &hears_);
      if (!has_ended_)
        draw();
    }
  }

private:
  static terminal_size size() {
    return size_of(STDOUT_FILENO).value_or(terminal_size{});
  }

  static std::size_t actors_wanted() {
    return std::min(size().height, actors_max);
  }

  void draw() {
    const auto [width, height] = size();
    screen_.draw(seen_.lines(width, height));
  }

  bool look() {
    const auto event = screen_.take();
    if (event == terminal::event::quit)
      has_ended_ = true;
    else if (event == terminal::event::redraw)
      draw();
    hears_.descriptors = screen_.descriptors();
    return !has_ended_;
  }

  void wait_until(clock::time_point due) {
    while (look()) {
      const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
      if (left.count() <= 0)
        return;
      std::vector<pollfd> inputs;
      for (const auto x : hears_.descriptors)
        inputs.push_back({x, POLLIN, 0});
      ::poll(inputs.data(), inputs.size(), static_cast<int>(left.count()));
    }
  }

  admin_client& client_;
  sight& seen_;
  std::chrono::milliseconds every_;
  terminal screen_;
  attention hears_;
  bool has_ended_ = false;
};

} // namespace

int run_top(const console_options& options, admin_client& client) {
  const auto is_live = !options.is_once && is_screen(STDOUT_FILENO);
  sight seen;
  if (!seen.renew(client, is_live ? actors_max : actors_printed, nullptr)) {
    std::cerr << "signalbox: " << seen.failure << '\n';
    return 1;
  }
  if (is_live) {
    live_view{client, seen, options.interval}.run();
    return 0;
  }
  const auto width = size_of(STDOUT_FILENO).value_or(terminal_size{0, 0}).width;
  for (const auto& line : seen.lines(width, 0))
    std::cout << line << '\n';
  return 0;
}

} // namespace signalbox::console
