#include "net/tokens/key_fetcher.hpp"

#include "conf/log.hpp"

#include <utility>

namespace signalbox {

key_fetcher::key_fetcher(shard& where, std::string url, download_limits limits)
  : shard_(where), source_(std::move(url)), limits_(limits) {
  if (!trust_.complaint().empty())
    log::warn("net", trust_.complaint());
}

key_fetcher::~key_fetcher() {
  give_up();
}

void key_fetcher::start(callback done) {
  done_ = std::move(done);
  download_ = std::make_unique<http_download>(shard_, source_, trust_, limits_,
                                              [this](fetch_result x) {
                                                ended(std::move(x));
                                              });
}

// An event of this turn may still point to the download.
void key_fetcher::give_up() noexcept {
  if (!download_)
    return;
  download_->close();
  shard_.bury(std::move(download_));
}

void key_fetcher::ended(fetch_result result) {
  give_up();
  // It may destroy this.
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

} // namespace signalbox
