#include "net/name_resolver.hpp"

#include <cerrno>
#include <mutex>
#include <netdb.h>
#include <pthread.h>
#include <system_error>
#include <thread>

namespace signalbox {

namespace {

std::string reason_of(int error) {
  if (error == EAI_SYSTEM)
    return std::generic_category().message(errno);
  return gai_strerror(error);
}

} // namespace

name_answer look_up_name(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  name_answer result;
  if (const auto error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found)) {
    result.error = reason_of(error);
    return result;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found,
                                                             ::freeaddrinfo};
  for (const auto* x = found; x; x = x->ai_next)
    result.addresses.push_back(socket_address::of(x->ai_addr, x->ai_addrlen));
  return result;
}

// The way from a thread back to the resolver, cut when the resolver ends.
struct name_resolver::link {
  void send(const std::shared_ptr<link>& self, const std::string& name,
            name_answer answer) {
    // Held while posting: a shard outlives its resolver, nothing more.
    std::lock_guard guard{mutex};
    if (!where)
      return;
    where->post([self, name, answer = std::move(answer)] {
      // Only the shard's thread, or one that comes after it, cuts.
      if (self->owner)
        self->owner->answered(name, answer);
    });
  }

  std::mutex mutex;
  shard* where;
  name_resolver* owner;
};

name_resolver::name_resolver(shard& where, look_up_function look_up)
  : look_up_(std::move(look_up)), link_(std::make_shared<link>()) {
  link_->where = &where;
  link_->owner = this;
}

name_resolver::~name_resolver() {
  std::lock_guard guard{link_->mutex};
  link_->where = nullptr;
  link_->owner = nullptr;
}

name_resolver::request name_resolver::resolve(const std::string& name,
                                              callback f) {
  auto result = std::make_shared<callback>(std::move(f));
  auto [i, is_first] = waiting_.try_emplace(name);
  auto& those = i->second;
  std::erase_if(those, [](const auto& x) { return x.expired(); });
  those.push_back(result);
  if (is_first)
    begin(name);
  return result;
}

void name_resolver::begin(const std::string& name) {
  try {
    std::thread{[back = link_, look_up = look_up_, name] {
      pthread_setname_np(pthread_self(), "resolver");
      back->send(back, name, look_up(name));
    }}.detach();
  } catch (const std::system_error& e) {
    name_answer answer;
    answer.error = e.code().message();
    link_->send(link_, name, std::move(answer));
  }
}

void name_resolver::answered(const std::string& name,
                             const name_answer& answer) {
  // Out of the map first: whoever is answered may ask again.
  const auto those = waiting_.extract(name);
  for (const auto& x : those.mapped())
    if (const auto f = x.lock())
      (*f)(answer);
}

} // namespace signalbox
