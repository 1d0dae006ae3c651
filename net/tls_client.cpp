#include "net/tls_client.hpp"

#include "net/tls_files.hpp"

#include <boost/asio/ssl/context.hpp>

#include <stdexcept>

namespace signalbox {

namespace {

namespace ssl = boost::asio::ssl;

void load_own_identity(ssl::context& context, const tls_client_options& files) {
  if (!files.cert_file.empty())
    load_identity(context, files.cert_file, files.key_file);
  else if (!files.key_file.empty())
    throw std::runtime_error("cannot use the TLS key " + files.key_file
                             + ": there is no certificate for it");
}

} // namespace

tls_client::tls_client(const tls_client_options& files)
  : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {
  auto* native = context_->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Nobody needs it, and without it writing never waits for reading.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  context_->set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  if (files.ca_file.empty()) {
    context_->set_default_verify_paths(error);
    check_loaded(error, "the certificates", "of the system");
  } else {
    context_->load_verify_file(files.ca_file, error);
    check_loaded(error, "the TLS authorities", files.ca_file);
  }
  load_own_identity(*context_, files);
}

tls_client::~tls_client() = default;

} // namespace signalbox
