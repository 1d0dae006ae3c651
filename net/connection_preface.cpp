#include "net/connection_preface.hpp"

#include "net/proxy_header.hpp"
#include "net/upgrade.hpp"

namespace signalbox {

connection_preface::connection_preface(const ip_address& peer) noexcept
  : peer_(peer) {
  // nop
}

connection_preface::connection_preface(const ip_address& peer,
                                       const options& settings,
                                       const tls_server* tls) noexcept
  : tls_(tls), peer_(peer) {
  // Whoever else sends a header: it is read as TLS or HTTP, which it is not.
  layer_ = settings.proxy_protocol && is_trusted_proxy(peer, settings)
             ? layer::proxy_header
             : above_header();
}

// Looks before it takes: what follows a header is not the header's, and a
// connection that says nothing costs no TLS session.
connection_preface::outcome connection_preface::read(connected_socket& socket) {
  while (layer_ != layer::http) {
    const auto input = socket.peek();
    if (input.empty())
      return socket.has_ended() ? outcome::ended : outcome::waiting;
    if (layer_ == layer::proxy_header) {
      if (const auto result = take_header(input, socket);
          result != outcome::over)
        return result;
    } else {
      socket.start_tls(*tls_);
      layer_ = layer::http;
    }
  }
  return outcome::over;
}

// `over` if it is there. Without one nobody knows whose connection it is, and
// guessing would let clients choose (proxy-protocol.txt §2).
connection_preface::outcome
connection_preface::take_header(std::string_view input,
                                connected_socket& socket) {
  const auto [what, header] = read_proxy_header(input);
  switch (what) {
    case proxy_reading::outcome::incomplete:
      socket.wait_for_more();
      return socket.has_ended() ? outcome::no_header : outcome::waiting;
    case proxy_reading::outcome::invalid:
      break;
    case proxy_reading::outcome::found:
      socket.skip(header.size);
      peer_ = header.source.value_or(peer_);
      is_tls_with_proxy_ = header.is_tls;
      layer_ = above_header();
      return outcome::over;
  }
  return outcome::no_header;
}

} // namespace signalbox
