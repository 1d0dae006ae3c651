// Where the admin API is and what opens it: from flags and environment. Reads
// the token's file and nothing else. The token is in no error.

#pragma once

#include "net/console/arguments.hpp"

#include <string>
#include <vector>

namespace signalbox::console {

struct admin_access {
  /// `http://127.0.0.1:3002`, without a slash at the end; holds no user, no
  /// query and no fragment.
  std::string url;
  /// Visible ASCII; empty = none.
  std::string token;
  /// Empty = the system's.
  std::string ca_file;
  /// Whether it is on this machine, so that no proxy leads there.
  bool is_loopback = false;
};

struct access_result {
  admin_access access;
  std::vector<std::string> errors;
};

/// Flags over environment, which is given as NAME=VALUE; an empty variable
/// counts as not given.
access_result access_of(const console_options& options,
                        const std::vector<std::string>& environment);

} // namespace signalbox::console
