#include "net/tokens/http_download.hpp"

#include "net/tokens/curl_transfer.hpp"

#include <system_error>
#include <utility>

namespace signalbox {

namespace {

// A download shares its shard with sessions, and libcurl reads up to 16 KiB in
// a step.
constexpr int steps_per_event_max = 2;

} // namespace

http_download::http_download(shard& where, const download_source& source,
                             const tls_trust& trust,
                             const download_limits& limits,
                             key_fetch::callback done)
  : shard_(where),
    done_(std::move(done)),
    transfer_(std::make_unique<curl_transfer>(source, trust, limits)) {
  const auto poll = transfer_->poll_descriptor();
  if (poll >= 0)
    if (const auto error = shard_.watch(poll, *this, shard::watch_kind::signal))
      transfer_->fail(std::generic_category().message(error));
  // This is still a call of the user's.
  if (transfer_->has_ended())
    call_me_again();
}

http_download::~http_download() = default;

void http_download::close() noexcept {
  if (!transfer_)
    return;
  if (is_called_again_)
    shard_.forget(*this);
  if (transfer_->poll_descriptor() >= 0)
    shard_.unwatch(transfer_->poll_descriptor());
  transfer_.reset();
}

void http_download::on_event(std::uint32_t events) {
  if (events == 0)
    is_called_again_ = false;
  if (!transfer_)
    return;
  for (int i = 0; i < steps_per_event_max; ++i) {
    if (transfer_->has_ended())
      return finish();
    if (!transfer_->step())
      return;
  }
  call_me_again();
}

void http_download::call_me_again() {
  if (!std::exchange(is_called_again_, true))
    shard_.call_again(*this);
}

void http_download::finish() {
  auto result = transfer_->take_result();
  const auto done = std::move(done_);
  done(std::move(result));
}

} // namespace signalbox
