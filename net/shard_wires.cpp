#include "net/shard_wires.hpp"

namespace signalbox {

/// A user's side of a wire. The connection outlives it by the rest of the turn.
class shard_wires::handle final : public wire {
public:
  handle(shard_wires& maker, std::unique_ptr<wire_connection> connection)
    : maker_(&maker), connection_(std::move(connection)) {
    maker_->handles_.push_back(this);
  }

  ~handle() override {
    if (!maker_)
      return;
    std::erase(maker_->handles_, this);
    let_go();
  }

  void write(std::string_view bytes) override {
    if (connection_)
      connection_->write(bytes);
  }

  std::size_t unsent_bytes() const noexcept override {
    return connection_ ? connection_->unsent_bytes() : 0;
  }

  /// From here on it is a wire that was lost.
  void let_go() noexcept {
    connection_->close();
    maker_->shard_.bury(std::move(connection_));
    maker_ = nullptr;
  }

private:
  shard_wires* maker_;
  std::unique_ptr<wire_connection> connection_;
};

shard_wires::shard_wires(shard& where, home& at, const tls_client* tls,
                         name_resolver::look_up_function look_up)
  : shard_(where), home_(at), tls_(tls), names_(where, std::move(look_up)) {
  // nop
}

shard_wires::~shard_wires() {
  for (auto* x : handles_)
    x->let_go();
}

std::unique_ptr<wire> shard_wires::connect(const wire_target& target,
                                           wire_user& user,
                                           std::chrono::milliseconds within) {
  auto connection = std::make_unique<wire_connection>(shard_, home_, tls_,
                                                      target, user);
  auto& opening = *connection;
  auto result = std::make_unique<handle>(*this, std::move(connection));
  opening.open(names_, within);
  return result;
}

} // namespace signalbox
