#include "net/console/admin_client.hpp"

#include "conf/load.hpp"
#include "conf/percent.hpp"
#include "net/console/plain_text.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace signalbox::console {

namespace {

constexpr long connect_ms_max = 3000;
constexpr std::size_t body_bytes_max = 4 * 1024 * 1024;
/// How long libcurl may rest: it has timers of its own.
constexpr int rest_ms_max = 1000;
/// Of an error's text.
constexpr std::size_t error_columns_max = 500;

constexpr std::string_view api = "/admin/api/v1/";

using header_list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// False if there is no memory.
bool add(header_list& list, const std::string& header) {
  auto* longer = curl_slist_append(list.get(), header.c_str());
  if (!longer)
    return false;
  // The list's head is the same but for the first.
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

} // namespace

/// What one request needs while it lasts.
struct admin_client::transfer {
  header_list headers{nullptr, curl_slist_free_all};
  std::string body;
  bool is_too_large = false;
  std::array<char, CURL_ERROR_SIZE> details{};

  static std::size_t take(char* bytes, std::size_t, std::size_t size,
                          void* self) {
    auto& x = *static_cast<transfer*>(self);
    x.is_too_large = size > body_bytes_max - x.body.size();
    if (x.is_too_large)
      return 0;
    x.body.append(bytes, size);
    return size;
  }
};

admin_client::admin_client(admin_access access)
  : access_(std::move(access)),
    multi_(nullptr, curl_multi_cleanup),
    easy_(nullptr, curl_easy_cleanup) {
  // Never undone: it is the process's.
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready == CURLE_OK) {
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
  }
}

admin_answer admin_client::ask(const admin_request& request,
                               const attention* meanwhile) {
  const auto url = access_.url + std::string{api} + request.path;
  const auto fail = [&](const std::string& why) {
    return admin_answer{std::string{request.method} + ' ' + escaped(url) + ": "
                          + cut(why, error_columns_max),
                        {}};
  };
  transfer state;
  if (!multi_ || !easy_ || !set_up(request, url, state))
    return fail("libcurl cannot be set up");
  const auto code = perform(meanwhile);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (state.is_too_large)
    return fail(std::to_string(status) + ": an answer of more than "
                + std::to_string(body_bytes_max) + " bytes");
  if (code != CURLE_OK)
    return fail(trouble_of(code, state));
  if (status != 200)
    return fail(refusal_of(status, state.body));
  auto body = read_json(state.body);
  if (!body || !body->is_object())
    return fail("200, and no JSON object: is this a node's admin API?");
  return {{}, std::move(*body)};
}

bool admin_client::set_up(const admin_request& request, const std::string& url,
                          transfer& state) {
  // Keeps the connection, forgets all else.
  curl_easy_reset(easy_.get());
  bool is_well = add(state.headers, "Accept: application/json");
  const auto set = [&](CURLoption option, auto value) {
    is_well = is_well
              && curl_easy_setopt(easy_.get(), option, value) == CURLE_OK;
  };
  const auto agent = "signalbox/" + std::string{version()};
  const std::string method{request.method};
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  // A room may be called `..`.
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_USERAGENT, agent.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, connect_ms_max);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.patience.count()));
  set(CURLOPT_WRITEFUNCTION, &transfer::take);
  set(CURLOPT_WRITEDATA, &state);
  set(CURLOPT_ERRORBUFFER, state.details.data());
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (method != "GET") {
    is_well = is_well && add(state.headers, "Content-Type: application/json");
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  }
  if (!access_.token.empty())
    is_well = is_well
              && add(state.headers, "Authorization: Bearer " + access_.token);
  set(CURLOPT_HTTPHEADER, state.headers.get());
  if (!access_.ca_file.empty()) {
    set(CURLOPT_CAINFO, access_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  // A node without a token refuses what came through a proxy, and no proxy
  // leads to this machine.
  if (access_.is_loopback)
    set(CURLOPT_PROXY, "");
  return is_well;
}

CURLcode admin_client::perform(const attention* meanwhile) {
  if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK)
    return CURLE_FAILED_INIT;
  std::vector<curl_waitfd> others;
  auto result = CURLE_OK;
  for (int running = 1; running != 0;) {
    // Some may have ended.
    others.clear();
    if (meanwhile)
      for (const auto x : meanwhile->descriptors)
        others.push_back({x, CURL_WAIT_POLLIN, 0});
    auto code = curl_multi_perform(multi_.get(), &running);
    if (code == CURLM_OK && running != 0)
      code = curl_multi_poll(multi_.get(), others.data(),
                             static_cast<unsigned>(others.size()), rest_ms_max,
                             nullptr);
    if (code != CURLM_OK)
      result = CURLE_FAILED_INIT;
    else if (std::any_of(others.begin(), others.end(),
                         [](const auto& x) { return x.revents != 0; })
             && !meanwhile->look())
      result = CURLE_ABORTED_BY_CALLBACK;
    if (result != CURLE_OK)
      break;
  }
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE)
      result = message->data.result;
  curl_multi_remove_handle(multi_.get(), easy_.get());
  return result;
}

// -- in words -----------------------------------------------------------------

std::string admin_client::refusal_of(long status,
                                     const std::string& body) const {
  auto result = std::to_string(status);
  if (const auto value = read_json(body))
    if (const auto text = text_of(*value, "error"); !text.empty())
      result += ": " + escaped(text);
  if (status / 100 == 3)
    result += ": redirects are not followed; give --admin-url where it leads";
  if (status == 401)
    result +=
      access_.token.empty()
        ? "; give the node's ADMIN_TOKEN by --token-file FILE, or in the "
          "variable ADMIN_TOKEN"
        : "; the token is not the node's ADMIN_TOKEN";
  return result;
}

std::string admin_client::trouble_of(CURLcode code,
                                     const transfer& state) const {
  long error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return "given up";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer in time";
    case CURLE_COULDNT_CONNECT:
      if (error != 0)
        return "connect: "
               + std::generic_category().message(static_cast<int>(error));
      break;
    case CURLE_GOT_NOTHING:
      return "closed without an answer";
    default:
      break;
  }
  return escaped(state.details[0] ? state.details.data()
                                  : curl_easy_strerror(code));
}

std::string path_of(std::string_view word, std::string_view id,
                    std::string_view verb) {
  auto result = std::string{word} + '/' + percent_encoded(id);
  if (!verb.empty())
    result += '/' + std::string{verb};
  return result;
}

} // namespace signalbox::console
