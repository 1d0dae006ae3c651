#include "net/tokens/curl_failure.hpp"

#include <system_error>

namespace signalbox {

namespace {

constexpr long first_refusal = 300;

std::string reason_of_connect(CURL* transfer, CURLcode code) {
  if (code == CURLE_COULDNT_CONNECT)
    if (const auto error = figure_of(transfer, CURLINFO_OS_ERRNO))
      return "connect: "
             + std::generic_category().message(static_cast<int>(error));
  auto refusal = refusal_of_proxy(transfer);
  return refusal.empty() ? curl_easy_strerror(code) : refusal;
}

} // namespace

long figure_of(CURL* transfer, CURLINFO which) noexcept {
  long value = 0;
  curl_easy_getinfo(transfer, which, &value);
  return value;
}

std::string refusal_of_proxy(CURL* transfer) {
  const auto status = figure_of(transfer, CURLINFO_HTTP_CONNECTCODE);
  return status < first_refusal
           ? std::string{}
           : "the proxy answered " + std::to_string(status);
}

std::string reason_of(CURL* transfer, CURLcode code, const char* details,
                      const download_limits& limits) {
  switch (code) {
    case CURLE_OK:
    // By us, as soon as the status was seen.
    case CURLE_WRITE_ERROR: {
      const auto status = figure_of(transfer, CURLINFO_RESPONSE_CODE);
      if (status != http_status_wanted)
        return "answered " + std::to_string(status);
      return code == CURLE_OK ? "" : curl_easy_strerror(code);
    }
    case CURLE_OPERATION_TIMEDOUT:
      return "took longer than " + std::to_string(limits.within.count())
             + " ms";
    case CURLE_FILESIZE_EXCEEDED:
      return "more than " + std::to_string(limits.body_bytes_max) + " bytes";
    case CURLE_TOO_MANY_REDIRECTS:
      return "more than " + std::to_string(limits.redirects_max) + " redirects";
    // These name a host, a scheme or what is wrong with a certificate.
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return *details ? details : curl_easy_strerror(code);
    default:
      return reason_of_connect(transfer, code);
  }
}

std::string redirects_of(CURL* transfer) {
  const auto count = figure_of(transfer, CURLINFO_REDIRECT_COUNT);
  if (count == 0)
    return {};
  return ", after " + std::to_string(count)
         + (count == 1 ? " redirect" : " redirects");
}

} // namespace signalbox
