// Fetches a key set by HTTP or HTTPS, with libcurl on a shard's event loop: no
// thread of ours, and nothing is kept between two fetches, so none of them
// meets a connection that has died meanwhile. Everything is bounded: time,
// bytes, redirects.
// Certificates are always checked, and no URL leads from https to http.
// Proxies are those of the usual variables, as libcurl reads them.

#pragma once

#include "net/shard.hpp"
#include "net/tokens/download_limits.hpp"
#include "net/tokens/download_source.hpp"
#include "net/tokens/http_download.hpp"
#include "net/tokens/key_fetch.hpp"
#include "net/tokens/tls_trust.hpp"

namespace signalbox {

class key_fetcher final : public key_fetch {
public:
  /// `url` as configured; one that is none makes each fetch fail. For the
  /// shard's own thread, but for the construction.
  key_fetcher(shard& where, std::string url, download_limits limits = {});

  ~key_fetcher() override;

  void start(callback done) override;

  const std::string& name() const noexcept override { return source_.name; }

private:
  void give_up() noexcept;
  void ended(fetch_result result);

  shard& shard_;
  const tls_trust trust_;
  const download_source source_;
  const download_limits limits_;
  callback done_;
  /// The fetch under way.
  std::unique_ptr<http_download> download_;
};

} // namespace signalbox
