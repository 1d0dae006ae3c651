#include "net/signal_loop.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>

namespace signalbox {

signal_loop::signal_loop(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (auto x : signals)
    sigaddset(&set, x);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = descriptor{signalfd(-1, &set, SFD_CLOEXEC)};
  wake_ = descriptor{eventfd(0, EFD_CLOEXEC)};
  if (!signals_.is_open() || !wake_.is_open())
    throw std::system_error(errno, std::generic_category(), "signalfd");
}

int signal_loop::wait() {
  pollfd both[] = {{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
  while (::poll(both, 2, -1) < 0 && errno == EINTR)
    ;
  if (both[0].revents & POLLIN) {
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == sizeof info)
      return static_cast<int>(info.ssi_signo);
  }
  std::uint64_t count = 0;
  [[maybe_unused]] auto size = ::read(wake_.get(), &count, sizeof count);
  return 0;
}

void signal_loop::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto size = ::write(wake_.get(), &one, sizeof one);
}

} // namespace signalbox
