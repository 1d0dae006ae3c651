// Asks a node's admin API, one request at a time over a connection that is
// kept. Connecting is bounded by 3 s, a request by 10 s, an answer by 4 MiB. No
// redirect is followed: it could carry the token elsewhere. One thread.

#pragma once

#include "net/console/access.hpp"
#include "net/console/admin_json.hpp"

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::console {

inline constexpr std::chrono::milliseconds admin_patience{10'000};

struct admin_request {
  std::string_view method = "GET";
  /// Below `/admin/api/v1/`, percent-encoded: `sessions?limit=10`.
  std::string path;
  /// JSON; empty = none.
  std::string body;
  /// How long it may take.
  std::chrono::milliseconds patience = admin_patience;
};

struct admin_answer {
  /// Empty = it is a good one. Else what was tried and what came, for people:
  /// escaped, one line, without the token.
  std::string failure;
  /// An object, if it is a good one.
  json body;
};

/// Who wants to be heard while an answer is awaited.
struct attention {
  /// Where input may come.
  std::vector<int> descriptors;
  /// Called when there is some; false gives the request up.
  std::function<bool()> look;
};

class admin_client {
public:
  explicit admin_client(admin_access access);

  admin_answer ask(const admin_request& request,
                   const attention* meanwhile = nullptr);

private:
  struct transfer;

  /// Libcurl's result of the request, which has been set up.
  CURLcode perform(const attention* meanwhile);
  bool set_up(const admin_request& request, const std::string& url,
              transfer& state);
  std::string refusal_of(long status, const std::string& body) const;
  std::string trouble_of(CURLcode code, const transfer& state) const;

  admin_access access_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
};

/// A path of segments below one word, each percent-encoded:
/// `rooms/a%2Fb/close`.
std::string path_of(std::string_view word, std::string_view id,
                    std::string_view verb = {});

} // namespace signalbox::console
