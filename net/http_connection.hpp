// A connection that is not a session: reads a PROXY header where there has to
// be one, shakes hands where there is TLS, reads HTTP requests, answers those
// to the endpoints, and hands an upgrade on to the gateway. Bounded in bytes
// and in time: HANDSHAKE_TIMEOUT_MS for all of it up to the first request, and
// for each request after that, from the first byte of waiting. Source: RFC
// 9112; RFC 6455 §4.2.1 for the upgrade.

#pragma once

#include "net/connection_preface.hpp"
#include "net/gateway.hpp"

#include <string_view>

namespace signalbox {

class http_connection final : public event_source, public timer_entry {
public:
  /// Watches `socket` at once; REQUIRES a later `drop` by itself or its
  /// gateway.
  http_connection(gateway& owner, descriptor socket, const ip_address& peer,
                  bool is_operations);
  ~http_connection() override;

  void on_event(std::uint32_t events) override;

  home::clock::time_point accepted() const noexcept { return accepted_; }

  /// Closes the socket and leaves the gateway; freed at the turn's end.
  void drop();

private:
  friend class gateway;

  void expired() override;
  void take_up_layer();
  void take_up();
  bool receive();
  bool handle_request();
  void answer_request(request_reader::request request);
  void begin_upgrade(http_request request);
  void pass_on(http_request request, connection_place place);
  void refuse(const http_answer& answer);
  void send(std::string_view bytes);
  void note_handshake_failure();
  void end_after_output();
  void discard_input();
  void call_again();
  void leave();

  gateway& owner_;
  connected_socket socket_;
  connection_preface preface_;
  const bool is_operations_;
  const home::clock::time_point accepted_;
  bool is_to_be_called_again_ = false;
  bool has_answered_ = false;
  bool is_ending_ = false;
  request_reader reader_;
  http_connection* previous_ = nullptr;
  http_connection* next_ = nullptr;
};

} // namespace signalbox
