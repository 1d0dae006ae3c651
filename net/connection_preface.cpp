#include "net/connection_preface.hpp"

#include "net/proxy_header.hpp"
#include "net/upgrade.hpp"

namespace signalbox {

namespace {

// A client's first record is waited for up to this size, far less than any
// kernel holds for a socket.
constexpr std::size_t awaited_bytes_max = 4096;

// Whether OpenSSL can do anything with these first bytes: they are a whole
// record (RFC 8446 §5.1), or no handshake. Until then a slow client costs no
// session, and its bytes hardly any work.
bool is_worth_a_session(std::string_view input) noexcept {
  constexpr std::size_t head_bytes = 5;
  constexpr char handshake = 22;
  if (input[0] != handshake)
    return true;
  if (input.size() < head_bytes)
    return false;
  const auto length = std::size_t{static_cast<std::uint8_t>(input[3])} << 8
                      | static_cast<std::uint8_t>(input[4]);
  return length > awaited_bytes_max || input.size() - head_bytes >= length;
}

} // namespace

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

// Looks before it takes: what follows a header is not the header's.
connection_preface::outcome connection_preface::read(connected_socket& socket) {
  while (layer_ != layer::http) {
    const auto input = socket.peek();
    if (input.empty())
      return socket.has_ended() ? outcome::ended : outcome::waiting;
    if (layer_ == layer::proxy_header) {
      if (const auto result = take_header(input, socket);
          result != outcome::over)
        return result;
    } else if (is_worth_a_session(input)) {
      socket.start_tls(*tls_);
      layer_ = layer::http;
    } else {
      socket.wait_for_more();
      return socket.has_ended() ? outcome::ended : outcome::waiting;
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
      has_header_ = true;
      peer_ = header.source.value_or(peer_);
      is_source_withheld_ = !header.source;
      is_tls_with_proxy_ = header.is_tls;
      layer_ = above_header();
      return outcome::over;
  }
  return outcome::no_header;
}

} // namespace signalbox
