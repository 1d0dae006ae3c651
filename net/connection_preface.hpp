// What comes before HTTP on a connection: the PROXY header of a trusted proxy,
// then the beginning of TLS, up to the client's first record. Takes nothing off
// the socket that is not the header's. How long it may take is the connection's
// affair.

#pragma once

#include "conf/options.hpp"
#include "net/connected_socket.hpp"

#include <cstdint>
#include <string_view>

namespace signalbox {

class connection_preface {
public:
  /// There is none.
  explicit connection_preface(const ip_address& peer) noexcept;

  /// A header only if `peer` may send one; TLS unless `tls` is null.
  connection_preface(const ip_address& peer, const options& settings,
                     const tls_server* tls) noexcept;

  enum class outcome : std::uint8_t {
    /// What comes next is HTTP.
    over,
    /// More has to come.
    waiting,
    /// The socket's input has ended.
    ended,
    /// There should be a PROXY header, and is none.
    no_header,
  };

  /// Goes on with it. REQUIRES: the socket is readable, or it is over.
  outcome take_up(connected_socket& socket) {
    return layer_ == layer::http ? outcome::over : read(socket);
  }

  /// The other end of the socket, then what the header says. That end still if
  /// the header names no source.
  const ip_address& peer() const noexcept { return peer_; }

  /// A header names no source: the proxy speaks for itself, or does not know.
  /// What is said behind it of where it comes from, nobody vouches for.
  bool is_source_withheld() const noexcept { return is_source_withheld_; }

  /// The connection began with a PROXY header.
  bool has_header() const noexcept { return has_header_; }

  /// The header says that the client came to the proxy by TLS.
  bool is_tls_with_proxy() const noexcept { return is_tls_with_proxy_; }

private:
  // What the next byte to come is part of.
  enum class layer : std::uint8_t { proxy_header, tls, http };

  outcome read(connected_socket& socket);
  outcome take_header(std::string_view input, connected_socket& socket);
  layer above_header() const noexcept {
    return tls_ ? layer::tls : layer::http;
  }

  const tls_server* tls_ = nullptr;
  ip_address peer_;
  layer layer_ = layer::http;
  bool is_source_withheld_ = false;
  bool has_header_ = false;
  bool is_tls_with_proxy_ = false;
};

} // namespace signalbox
