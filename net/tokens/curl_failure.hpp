// Why a transfer of libcurl's has failed, for the log: in words of ours where
// libcurl's may quote a URL or a proxy's password, or say too little.

#pragma once

#include "net/tokens/download_limits.hpp"

#include <curl/curl.h>

#include <string>

namespace signalbox {

/// The only answer that is a document.
inline constexpr long http_status_wanted = 200;

/// A figure about `transfer`, 0 if there is none.
long figure_of(CURL* transfer, CURLINFO which) noexcept;

/// What a proxy has answered to CONNECT; empty if it did not refuse.
std::string refusal_of_proxy(CURL* transfer);

/// Empty if `code` and the answer's status are good. `details` is what libcurl
/// has written into its error buffer.
std::string reason_of(CURL* transfer, CURLcode code, const char* details,
                      const download_limits& limits);

/// `, after 1 redirect`; empty if there was none.
std::string redirects_of(CURL* transfer);

} // namespace signalbox
