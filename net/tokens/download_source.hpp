// Where a document is, and what may be said of it. Pure.

#pragma once

#include <string>

namespace signalbox {

struct download_source {
  /// `where` is a URL; one that cannot be read is kept for libcurl to refuse.
  explicit download_source(std::string where);

  std::string url;
  /// For the log: without user info, query and fragment.
  std::string name;
  /// Where it may lead by redirects, as libcurl takes it: from https to https
  /// only.
  const char* redirect_schemes;
};

} // namespace signalbox
