// Any bytes as REDIS_URL, and as text to be percent-encoded.

#include "conf/percent.hpp"
#include "conf/redis_url.hpp"
#include "conf/value.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace signalbox;
using signalbox::fuzz::hold;

namespace {

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

void hold_set_up(const redis_url& url) {
  using topology = redis_url::topology;
  hold(!url.hosts.empty(), "there is a host");
  hold(url.hosts.size() == 1 || url.kind != topology::single,
       "one server is one");
  for (const auto& x : url.hosts) {
    hold(!x.host.empty() && !has_nul(x.host), "a host can be looked for");
    hold(x.port != 0 || (url.kind == topology::single && x.host[0] == '/'),
         "without a port it is an absolute path");
    hold(x.port != 0 || x.host.size() <= redis_path_bytes_max,
         "a path fits the system's address");
  }
  hold(url.db <= redis_db_max, "databases are bounded");
  hold(url.db == 0 || url.kind != topology::cluster,
       "a cluster has one database");
  hold(url.master_name.empty() == (url.kind != topology::sentinel),
       "Sentinels know a master, nobody else does");
  hold(!has_nul(url.master_name), "a master's name is a name");
}

void hold_text(const redis_url& url) {
  const auto text = to_string(url);
  hold(printable(text) == text, "a URL is printable ASCII");
  hold(read_redis_url(text).value == url, "what was read is read again");
  // With another password the masked text is the same: it holds none of it.
  auto other = url;
  other.password = url.password + "&/?#@:password=";
  if (!url.password.empty())
    hold(mask_url(to_string(other)) == mask_url(text),
         "the password is masked");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto [url, expected] = read_redis_url(text);
  hold(url.has_value() == expected.empty(), "it is read, or it is told why");
  if (url) {
    hold_set_up(*url);
    hold_text(*url);
  }
  hold(percent_decoded(percent_encoded(text)) == text,
       "what is encoded is decoded");
  if (const auto decoded = percent_decoded(text))
    hold(percent_decoded(percent_encoded(*decoded)) == decoded,
         "what is decoded is encoded");
  return 0;
}
