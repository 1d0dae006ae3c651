// A connection that is not a session: reads HTTP requests, answers those to the
// endpoints, and hands an upgrade on to the gateway. Bounded in bytes and in
// time: HANDSHAKE_TIMEOUT_MS for each request, from the first byte of waiting.
// Source: RFC 9112; RFC 6455 §4.2.1 for the upgrade.

#pragma once

#include "net/gateway.hpp"

#include <string>

namespace signalbox {

class http_connection final : public event_source, public timer_entry {
public:
  /// Of the request line and all headers together.
  static constexpr std::size_t header_bytes_max = 16 * 1024;

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
  void read_input(bool is_hung_up);
  void handle_requests();
  bool handle_request();
  bool answer_request(upgrade_request request, bool has_body);
  void begin_upgrade(upgrade_request request);
  void refuse(unsigned status, std::string_view body,
              std::string_view headers = {});
  void send(std::string bytes);
  void write_out();
  void end_after_output();
  void discard_input();
  void leave();

  gateway& owner_;
  descriptor socket_;
  const ip_address peer_;
  const bool is_operations_;
  const home::clock::time_point accepted_;
  bool is_ending_ = false;
  std::string input_;
  // How much of `input_` was searched for the end of the header.
  std::size_t searched_ = 0;
  std::string output_;
  std::size_t sent_ = 0;
  http_connection* previous_ = nullptr;
  http_connection* next_ = nullptr;
};

} // namespace signalbox
