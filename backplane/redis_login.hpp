// What a connection to Redis says first.

#pragma once

#include <cstdint>
#include <string>

namespace signalbox {

struct redis_login {
  /// Empty = Redis' default user.
  std::string user;
  /// Empty = no AUTH.
  std::string password;
  std::uint64_t db = 0;
  /// For CLIENT SETNAME.
  std::string client_name;
};

} // namespace signalbox
