#include "net/tls_channel.hpp"

#include "conf/address.hpp"
#include "net/shard_executor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

namespace signalbox {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// The layer below ssl::stream: reads what was received, or would block.
class memory_layer {
public:
  using executor_type = shard_executor;
  using lowest_layer_type = memory_layer;

  memory_layer(shard& where, tls_channel::output_function output)
    : shard_(where), output_(std::move(output)) {
    // nop
  }

  executor_type get_executor() const noexcept { return executor_type{shard_}; }
  lowest_layer_type& lowest_layer() noexcept { return *this; }
  const lowest_layer_type& lowest_layer() const noexcept { return *this; }

  void set_input(std::string_view x) noexcept { input_ = x; }

  std::size_t read_some(const asio::mutable_buffer& target, error_code& ec) {
    if (input_.empty()) {
      ec = asio::error::would_block;
      return 0;
    }
    const auto size = std::min(target.size(), input_.size());
    std::memcpy(target.data(), input_.data(), size);
    input_.remove_prefix(size);
    return size;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code&) {
    std::size_t size = 0;
    for (auto i = asio::buffer_sequence_begin(buffers);
         i != asio::buffer_sequence_end(buffers); ++i) {
      const asio::const_buffer part = *i;
      output_({static_cast<const char*>(part.data()), part.size()});
      size += part.size();
    }
    return size;
  }

private:
  shard& shard_;
  tls_channel::output_function output_;
  std::string_view input_;
};

// Has OpenSSL check the certificate against `host`, and tells the server which
// of its names was meant (RFC 6066 §3: not an address, and no final dot).
bool expect(SSL* session, const std::string& host) {
  if (const auto address = ip_address::parse(host))
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session),
                                         address->to_string().c_str())
           == 1;
  auto name = host;
  if (name.ends_with('.'))
    name.pop_back();
  // To OpenSSL, no name is any name, and one with a dot in front any below it.
  if (name.empty() || name.starts_with('.'))
    return false;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, name.c_str()) == 1
         && SSL_set_tlsext_host_name(session, name.c_str()) == 1;
}

} // namespace

struct tls_channel::engine {
  engine(shard& where, const tls_client& client, output_function output)
    : stream(memory_layer{where, std::move(output)}, client.context()) {
    // nop
  }

  SSL* session() noexcept { return stream.native_handle(); }

  // The stream must not be used again after an error of its own.
  error_code note(error_code ec) noexcept {
    if (ec && ec != asio::error::would_block && ec != asio::error::eof)
      is_broken = true;
    return ec;
  }

  asio::ssl::stream<memory_layer> stream;
  bool is_host_known = false;
  bool is_broken = false;
};

tls_channel::tls_channel(shard& where, const tls_client& client,
                         const std::string& host, output_function output)
  : engine_(std::make_unique<engine>(where, client, std::move(output))) {
  engine_->is_host_known = expect(engine_->session(), host);
}

tls_channel::~tls_channel() = default;

void tls_channel::receive(std::string_view ciphertext) noexcept {
  engine_->stream.next_layer().set_input(ciphertext);
}

tls_channel::error_code tls_channel::shake_hands() {
  if (!engine_->is_host_known)
    return engine_->note(asio::error::invalid_argument);
  error_code ec;
  engine_->stream.handshake(asio::ssl::stream_base::client, ec);
  return engine_->note(ec);
}

std::size_t tls_channel::read(std::span<char> buffer, error_code& error) {
  const auto size = engine_->stream.read_some(
    asio::buffer(buffer.data(), buffer.size()), error);
  engine_->note(error);
  return size;
}

tls_channel::error_code tls_channel::write(std::string_view plaintext) {
  error_code ec;
  while (!plaintext.empty() && !ec)
    plaintext.remove_prefix(engine_->stream.write_some(
      asio::buffer(plaintext.data(), plaintext.size()), ec));
  return engine_->note(ec);
}

void tls_channel::close() noexcept {
  if (engine_->is_broken || !SSL_is_init_finished(engine_->session()))
    return;
  receive({});
  error_code ec;
  // Would go on to wait for the server's own; nobody waits for that.
  engine_->stream.shutdown(ec);
  engine_->is_broken = true;
}

std::string tls_channel::reason_of(const error_code& error) const {
  auto result = tls_reason(error);
  if (error.category() == asio::error::get_ssl_category()
      && ERR_GET_REASON(static_cast<unsigned int>(error.value()))
           == SSL_R_CERTIFICATE_VERIFY_FAILED)
    result += std::string{": "}
              + X509_verify_cert_error_string(
                SSL_get_verify_result(engine_->session()));
  return result;
}

} // namespace signalbox
