// A transfer of libcurl's on a shard, whose events are edge-triggered: the
// shard watches the transfer's epoll set as one descriptor, and after each
// event all that is ready in there is taken up, or the shard asked to call
// again. For the shard's own thread.

#pragma once

#include "net/shard.hpp"
#include "net/tokens/download_limits.hpp"
#include "net/tokens/key_fetch.hpp"

#include <memory>

namespace signalbox {

class curl_transfer;
class tls_trust;
struct download_source;

class http_download final : public event_source {
public:
  /// Begins. All parameters outlive it. `done` is called once, in a later
  /// event, and not at all after `close`; it is to call `close`.
  http_download(shard& where, const download_source& source,
                const tls_trust& trust, const download_limits& limits,
                key_fetch::callback done);

  /// REQUIRES: closed, and the turn has ended in which it was (shard::bury).
  ~http_download() override;

  /// Idempotent. Waits for nothing.
  void close() noexcept;

  void on_event(std::uint32_t events) override;

private:
  void call_me_again();
  void finish();

  shard& shard_;
  key_fetch::callback done_;
  std::unique_ptr<curl_transfer> transfer_;
  bool is_called_again_ = false;
};

} // namespace signalbox
