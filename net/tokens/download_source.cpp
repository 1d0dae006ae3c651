#include "net/tokens/download_source.hpp"

#include <curl/curl.h>

#include <utility>

namespace signalbox {

namespace {

struct url_parts {
  url_parts() : handle(curl_url()) {
    // nop
  }
  url_parts(const url_parts&) = delete;
  url_parts& operator=(const url_parts&) = delete;
  ~url_parts() { curl_url_cleanup(handle); }

  std::string get(CURLUPart part) const {
    char* text = nullptr;
    if (curl_url_get(handle, part, &text, 0) != CURLUE_OK)
      return {};
    std::string result{text};
    curl_free(text);
    return result;
  }

  CURLU* handle;
};

} // namespace

download_source::download_source(std::string where)
  : url(std::move(where)), redirect_schemes("https") {
  const url_parts parts;
  if (curl_url_set(parts.handle, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) {
    if (parts.get(CURLUPART_SCHEME) == "http")
      redirect_schemes = "http,https";
    for (const auto x : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                         CURLUPART_QUERY, CURLUPART_FRAGMENT})
      curl_url_set(parts.handle, x, nullptr, 0);
    name = parts.get(CURLUPART_URL);
  }
  // Whatever it is, it may hold a password.
  if (name.empty())
    name = "(not a URL)";
}

} // namespace signalbox
