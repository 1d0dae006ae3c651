#include "net/tokens/curl_transfer.hpp"

#include "conf/load.hpp"
#include "net/tokens/curl_failure.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <system_error>
#include <utility>

namespace signalbox {

namespace {

std::string message_of(int error) {
  return std::generic_category().message(error);
}

/// All that has come by this connection so far, as the kernel counts it; 0 if
/// it is none.
std::uint64_t received_by(int socket) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  const auto error = ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size);
  return error == 0 ? info.tcpi_bytes_received : 0;
}

/// The line behind the headers of an answer.
bool is_end_of_headers(std::string_view line) noexcept {
  return line == "\r\n" || line == "\n";
}

/// Sets options of a transfer until one is not taken.
struct option_setter {
  template <class T>
  void operator()(CURLoption option, T value) {
    is_well = is_well && curl_easy_setopt(transfer, option, value) == CURLE_OK;
  }

  CURL* transfer;
  bool is_well = true;
};

} // namespace

curl_transfer::curl_transfer(const download_source& source,
                             const tls_trust& trust,
                             const download_limits& limits)
  : source_(source),
    trust_(trust),
    limits_(limits),
    deadline_(clock::now() + limits.within),
    poll_(epoll_create1(EPOLL_CLOEXEC)),
    timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (poll_.is_open() && timer_.is_open())
    begin();
  else
    fail(message_of(errno));
}

// What libcurl closes it tells by its callbacks, so it comes first.
curl_transfer::~curl_transfer() {
  if (multi_ && easy_)
    curl_multi_remove_handle(multi_, easy_);
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
  curl_slist_free_all(headers_);
}

// -- before it begins ---------------------------------------------------------

void curl_transfer::begin() {
  // Never undone: it is the process's.
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer_.get();
  if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0)
    return fail(message_of(errno));
  multi_ = ready == CURLE_OK ? curl_multi_init() : nullptr;
  easy_ = multi_ ? curl_easy_init() : nullptr;
  if (!easy_ || !set_options() || !set_trust())
    return fail("libcurl cannot be set up");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  set_timer();
  note(curl_multi_add_handle(multi_, easy_));
}

// False if libcurl lacks one of these: none may be left out.
bool curl_transfer::set_options() {
  option_setter set{easy_};
  set(CURLOPT_URL, source_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, source_.redirect_schemes);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, limits_.redirects_max);
  // For libcurl to share out among a name's addresses. The deadline itself is
  // ours: libcurl begins to count anew when it sets its timer at a redirect.
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.within.count()));
  set(CURLOPT_MAXFILESIZE_LARGE,
      static_cast<curl_off_t>(limits_.body_bytes_max));
  // No signals, as shards are threads; no waiting for a resolver's thread.
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);
  const auto agent = "signalbox/" + std::string{version()};
  set(CURLOPT_USERAGENT, agent.c_str());
  headers_ = curl_slist_append(
    nullptr, "Accept: application/jwk-set+json, application/json");
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_ERRORBUFFER, details_.data());
  return set.is_well && headers_;
}

// Who is trusted comes by on_tls, from memory; that it is checked is libcurl's
// default. The same for a proxy that is reached by HTTPS.
bool curl_transfer::set_trust() {
  option_setter set{easy_};
  const char* const no_file = nullptr;
  for (const auto x : {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO,
                       CURLOPT_PROXY_CAPATH})
    set(x, no_file);
  set(CURLOPT_SSL_CTX_FUNCTION, &on_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  return set.is_well;
}

// -- what libcurl says --------------------------------------------------------

int curl_transfer::on_socket(CURL*, curl_socket_t socket, int what, void* self,
                             void*) {
  auto& x = *static_cast<curl_transfer*>(self);
  const auto poll = x.poll_.get();
  if (what == CURL_POLL_REMOVE) {
    if (x.socket_ == socket)
      x.socket_ = CURL_SOCKET_BAD;
    epoll_ctl(poll, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  x.socket_ = socket;
  epoll_event event{};
  event.data.fd = socket;
  if (what & CURL_POLL_IN)
    event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT)
    event.events |= EPOLLOUT;
  if (epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event) == 0
      || (errno == ENOENT
          && epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) == 0))
    return 0;
  x.fail(message_of(errno));
  return -1;
}

int curl_transfer::on_timer(CURLM*, long ms, void* self) {
  auto& x = *static_cast<curl_transfer*>(self);
  x.due_ = ms < 0 ? clock::time_point::max()
                  : clock::now() + std::chrono::milliseconds{ms};
  x.set_timer();
  return 0;
}

std::size_t curl_transfer::on_header(char* line, std::size_t, std::size_t size,
                                     void* self) {
  auto& x = *static_cast<curl_transfer*>(self);
  x.header_bytes_ += size;
  if (x.header_bytes_ > x.limits_.header_bytes_max) {
    x.fail("headers of more than " + std::to_string(x.limits_.header_bytes_max)
           + " bytes");
    return 0;
  }
  // libcurl would read the body of a proxy's 407 within one call, byte by byte
  // and without a deadline.
  if (is_end_of_headers({line, size}))
    if (auto refusal = refusal_of_proxy(x.easy_); !refusal.empty()) {
      x.fail(std::move(refusal));
      return 0;
    }
  return size;
}

// Not called for the body of a redirect, nor for what stands around the pieces
// of a body: libcurl skips that. All of it is counted in check_traffic.
std::size_t curl_transfer::on_body(char* bytes, std::size_t, std::size_t size,
                                   void* self) {
  auto& x = *static_cast<curl_transfer*>(self);
  // Else there is nothing to wait for: the end says which answer came.
  if (figure_of(x.easy_, CURLINFO_RESPONSE_CODE) != http_status_wanted)
    return 0;
  if (size > x.limits_.body_bytes_max - x.body_.size()) {
    x.fail(reason_of(x.easy_, CURLE_FILESIZE_EXCEEDED, "", x.limits_));
    return 0;
  }
  x.body_.append(bytes, size);
  return size;
}

CURLcode curl_transfer::on_tls(CURL*, void* context, void* self) {
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context),
                          static_cast<curl_transfer*>(self)->trust_.store());
  return CURLE_OK;
}

// -- what libcurl is told -----------------------------------------------------

void curl_transfer::set_timer() {
  const auto at = std::min(due_, deadline_).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  itimerspec time{};
  time.it_value.tv_sec = seconds.count();
  time.it_value.tv_nsec =
    std::chrono::duration_cast<std::chrono::nanoseconds>(at - seconds).count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &time, nullptr);
}

bool curl_transfer::step() {
  epoll_event event{};
  if (epoll_wait(poll_.get(), &event, 1, 0) != 1)
    return false;
  if (event.data.fd == timer_.get()) {
    on_timeout();
  } else {
    int flags = 0;
    if (event.events & (EPOLLIN | EPOLLHUP))
      flags |= CURL_CSELECT_IN;
    if (event.events & EPOLLOUT)
      flags |= CURL_CSELECT_OUT;
    if (event.events & EPOLLERR)
      flags |= CURL_CSELECT_ERR;
    int running = 0;
    note(curl_multi_socket_action(multi_, event.data.fd, flags, &running));
  }
  check_traffic();
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    is_done_ = true;
    code_ = message->data.result;
  }
  return true;
}

// By the kernel's figure, as libcurl tells nobody of what it skips. One step
// reads 1.6 MB at most.
void curl_transfer::check_traffic() {
  if (received_by(socket_) > limits_.received_bytes_max())
    fail(reason_of(easy_, CURLE_FILESIZE_EXCEEDED, "", limits_));
}

void curl_transfer::on_timeout() {
  // Setting the timer makes it unreadable.
  due_ = clock::time_point::max();
  set_timer();
  if (clock::now() >= deadline_)
    return fail(reason_of(easy_, CURLE_OPERATION_TIMEDOUT, "", limits_));
  int running = 0;
  note(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
}

// -- how it ends --------------------------------------------------------------

void curl_transfer::note(CURLMcode code) {
  if (code != CURLM_OK)
    fail(curl_multi_strerror(code));
}

// The first failure is the cause.
void curl_transfer::fail(std::string why) {
  if (failure_.empty())
    failure_ = std::move(why);
}

fetch_result curl_transfer::take_result() {
  if (failure_.empty())
    failure_ = reason_of(easy_, code_, details_.data(), limits_);
  if (failure_.empty())
    return {std::move(body_), {}};
  if (easy_ && code_ != CURLE_TOO_MANY_REDIRECTS)
    failure_ += redirects_of(easy_);
  return {{}, std::move(failure_)};
}

} // namespace signalbox
