// One HTTP(S) document being fetched by libcurl, which expects level-triggered
// events: its sockets and a timer are in an epoll set of its own. Nothing here
// knows who watches that set, nor does anything wait.
// Source: libcurl's "multi_socket" interface, curl_multi_socket_action(3).

#pragma once

#include "net/descriptor.hpp"
#include "net/tokens/download_limits.hpp"
#include "net/tokens/download_source.hpp"
#include "net/tokens/key_fetch.hpp"
#include "net/tokens/tls_trust.hpp"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace signalbox {

class curl_transfer {
public:
  /// Begins; what fails at once is its result. The parameters outlive it.
  curl_transfer(const download_source& source, const tls_trust& trust,
                const download_limits& limits);

  /// Closes everything, and does not wait for a name that is being looked up.
  ~curl_transfer();

  curl_transfer(const curl_transfer&) = delete;
  curl_transfer& operator=(const curl_transfer&) = delete;

  /// The epoll set, readable when `step` has something to do; -1 if there is
  /// none, and the transfer has failed.
  int poll_descriptor() const noexcept { return poll_.get(); }

  bool has_ended() const noexcept { return is_done_ || !failure_.empty(); }

  /// REQUIRES: it has ended; called once.
  fetch_result take_result();

  /// Takes up one event; false if there is none. REQUIRES: it has not ended.
  bool step();

  /// Ends it for this reason, unless it has failed already.
  void fail(std::string why);

private:
  using clock = std::chrono::steady_clock;

  void begin();
  bool set_options();
  bool set_trust();
  void set_timer();
  void on_timeout();
  void check_traffic();
  void note(CURLMcode code);

  // -- libcurl's callbacks; `self` is the transfer ----------------------------

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self,
                       void*);
  static int on_timer(CURLM*, long ms, void* self);
  static std::size_t on_header(char* line, std::size_t, std::size_t size,
                               void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size,
                             void* self);
  static CURLcode on_tls(CURL*, void* context, void* self);

  const download_source& source_;
  const tls_trust& trust_;
  const download_limits& limits_;
  const clock::time_point deadline_;

  descriptor poll_;
  descriptor timer_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  /// What libcurl reads from, or has tried to connect last.
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  /// What libcurl says in words.
  std::array<char, CURL_ERROR_SIZE> details_{};

  /// When libcurl is to be called next.
  clock::time_point due_ = clock::time_point::max();
  std::size_t header_bytes_ = 0;
  std::string body_;
  /// Ours; libcurl's is in `code_`.
  std::string failure_;
  bool is_done_ = false;
  CURLcode code_ = CURLE_OK;
};

} // namespace signalbox
