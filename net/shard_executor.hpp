// A shard as Asio sees it: an executor that is one pointer, whose `execute`
// queues for right after the running completion. Only for the shard's thread.
// The io_context is never run; it holds the services that Asio's and Beast's
// types ask for.

#pragma once

#include "net/shard.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>

namespace signalbox {

class shard_executor {
public:
  explicit shard_executor(shard& where) noexcept : shard_(&where) {
    // nop
  }

  shard& where() const noexcept { return *shard_; }

  template <class F>
  void execute(F&& f) const {
    shard_->immediate(std::forward<F>(f));
  }

  boost::asio::execution_context&
  query(boost::asio::execution::context_t) const noexcept {
    return services();
  }

  static constexpr boost::asio::execution::blocking_t
  query(boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }

  friend bool operator==(const shard_executor& x,
                         const shard_executor& y) noexcept {
    return x.shard_ == y.shard_;
  }

  friend bool operator!=(const shard_executor& x,
                         const shard_executor& y) noexcept {
    return x.shard_ != y.shard_;
  }

private:
  /// One for the process: services are thread-safe.
  static boost::asio::io_context& services();

  shard* shard_;
};

} // namespace signalbox
