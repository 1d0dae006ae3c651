// Addresses of host names for one shard, asked for on threads of their own: the
// system's resolver blocks for as long as it likes, and neither a shard nor the
// end of the process waits for it. A name is looked up once at a time, however
// many ask, so a dead name server costs one thread a name.

#pragma once

#include "net/shard.hpp"
#include "net/socket_address.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace signalbox {

/// What a name stands for.
struct name_answer {
  /// In the order in which they are to be tried, each with port 0.
  std::vector<socket_address> addresses;
  /// Why there are none; else empty.
  std::string error;
};

/// Asks the system (getaddrinfo(3)). Blocks.
name_answer look_up_name(const std::string& name);

class name_resolver {
public:
  using look_up_function = std::function<name_answer(const std::string&)>;
  using callback = std::function<void(const name_answer&)>;

  /// Keeps an answer wanted; without it the callback is not called.
  using request = std::shared_ptr<callback>;

  /// `look_up` is called on threads that may outlive the resolver.
  explicit name_resolver(shard& where, look_up_function look_up = look_up_name);

  /// Answers under way are dropped. REQUIRES: the shard's thread, or that it
  /// has been joined.
  ~name_resolver();

  name_resolver(const name_resolver&) = delete;
  name_resolver& operator=(const name_resolver&) = delete;

  /// Has `f` called with the answer in a task of the shard, never from within
  /// this call.
  request resolve(const std::string& name, callback f);

private:
  struct link;

  void begin(const std::string& name);
  void answered(const std::string& name, const name_answer& answer);

  const look_up_function look_up_;
  /// Shared with the threads.
  const std::shared_ptr<link> link_;
  std::map<std::string, std::vector<std::weak_ptr<callback>>> waiting_;
};

} // namespace signalbox
