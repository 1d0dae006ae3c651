// The read buffer of Beast's WebSocket, borrowed from the shard. Beast gives
// each stream an inline buffer of 1.5 KB, two fifths of what an idle session
// costs, and fills it in pieces of that size. Ours is the shard's 64 KB: what
// one `recv` brought is parsed where it lies, and an idle session has none.
// Only the beginning of a frame that is not there whole is copied, into memory
// of the session's own, until the rest comes.
//
// How Beast is made to use it: `websocket::stream` holds a `static_buffer` of
// 1536 bytes, and the template of that size is specialised here. Nothing else
// in this program has one. With another Boost than the one this was read in
// (1.81), Beast keeps its own buffer.
//
// Include before <boost/beast/websocket/stream.hpp>, wherever that is included.

#pragma once

#include "net/shard.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/static_buffer.hpp>
#include <boost/version.hpp>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace signalbox {

/// Meets Asio's DynamicBuffer_v1 as far as Beast uses it. For the thread of one
/// shard.
class borrowed_buffer {
public:
  static constexpr std::size_t bytes_max = shard::buffer_bytes;

  using const_buffers_type = boost::asio::const_buffer;
  using mutable_buffers_type = boost::asio::mutable_buffer;

  borrowed_buffer() = default;
  borrowed_buffer(const borrowed_buffer&) = delete;
  borrowed_buffer& operator=(const borrowed_buffer&) = delete;

  std::size_t size() const noexcept { return size_; }
  std::size_t max_size() const noexcept { return bytes_max; }

  /// Beast reads as much as there is room for: behind the beginning of a frame,
  /// which moves to memory of our own, not much more (512 bytes).
  std::size_t capacity() const noexcept {
    return size_ > 0 ? size_ : bytes_max;
  }

  const_buffers_type data() const noexcept { return {data_, size_}; }
  const_buffers_type cdata() const noexcept { return data(); }
  mutable_buffers_type data() noexcept { return {data_, size_}; }

  /// Throws std::length_error over `bytes_max`.
  mutable_buffers_type prepare(std::size_t n) {
    if (n > bytes_max - size_)
      throw std::length_error("borrowed_buffer: expected at most bytes_max");
    if (size_ > 0)
      keep(size_ + n);
    else
      data_ = shard::current()->filled_read_buffer();
    return {data_ + size_, n};
  }

  void commit(std::size_t n) noexcept {
    size_ += n;
    if (size_ > 0 && !own_)
      shard::current()->lend(this, [](void* self) {
        auto& x = *static_cast<borrowed_buffer*>(self);
        x.keep(x.size_);
      });
  }

  void consume(std::size_t n) noexcept {
    if (n >= size_)
      return clear();
    data_ += n;
    size_ -= n;
  }

  void clear() noexcept {
    forget();
    own_.reset();
    data_ = nullptr;
    size_ = 0;
  }

protected:
  ~borrowed_buffer() { forget(); }

private:
  // Moves what there is into memory of our own, of this size.
  void keep(std::size_t bytes) {
    auto memory = std::make_unique<char[]>(bytes);
    std::memcpy(memory.get(), data_, size_);
    forget();
    own_ = std::move(memory);
    data_ = own_.get();
  }

  void forget() noexcept {
    if (auto* here = shard::current())
      here->take_back(this);
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::unique_ptr<char[]> own_;
};

} // namespace signalbox

#if BOOST_VERSION == 108100

template <>
class boost::beast::static_buffer<1536> : public signalbox::borrowed_buffer {};

#endif
