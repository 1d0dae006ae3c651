// A connection that is not a session: reads a PROXY header where there has to
// be one, shakes hands where there is TLS, reads HTTP requests, answers those
// to the endpoints, and hands an upgrade on to the gateway. Bounded in bytes
// and in time: HANDSHAKE_TIMEOUT_MS for all of it up to the first request, and
// for each request after that, from the first byte of waiting; a minute for a
// large answer, as long as the client goes on reading it. It is written a slice
// at a time, the next one when the client's kernel has taken the last. An
// answer that others have to be asked for has a time of its own, and meanwhile
// no further request is taken up; only who watches the overview stays as long
// as they like. Source: RFC 9112; RFC 6455 §4.2.1 for the upgrade.

#pragma once

#include "net/admin/admin_exchange.hpp"
#include "net/connection_preface.hpp"
#include "net/gateway.hpp"
#include "net/http_request.hpp"

#include <cstdint>
#include <memory>
#include <optional>
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

  /// An admin watches the overview by it.
  bool is_watching() const noexcept { return phase_ == phase::watching; }

  /// Closes the socket and leaves the gateway; freed at the turn's end.
  void drop();

private:
  friend class gateway;

  enum class phase : std::uint8_t {
    requests,
    /// An admin's request has come, its body has not.
    body,
    /// An admin's request waits for its answer; input waits too.
    answer,
    /// A large answer is being written, a slice a turn; input waits too.
    writing,
    /// The overview is sent again and again; input is thrown away.
    watching,
    /// The last answer was given; likewise.
    ending,
  };

  void expired() override;
  bool is_being_read() noexcept;
  void take_up_layer();
  void take_up();
  bool receive();
  bool handle_input();
  bool handle_request();
  void answer_request(request_reader::request request);
  void reply(http_answer answer, bool is_head, bool keep_alive);
  void write_slice();
  void end_reply(bool keep_alive);
  std::size_t unread_bytes() const noexcept;
  void refuse(const http_answer& answer);
  void send(std::string_view bytes);
  void note_handshake_failure();
  void end_after_output();
  void discard_input();
  void look_for_more();
  void call_again();
  void leave();

  // -- the upgrade: http_connection_upgrade.cpp -------------------------------

  /// What becomes of it, and what it takes of its address and of the node.
  struct judged_upgrade : upgrade_decision {
    address_lease lease = {};
    connection_place place = {};
  };

  void begin_upgrade(const request_reader::request& request);
  void refuse_for_now(std::string_view why);
  judged_upgrade judge_upgrade(const http_request& request);
  void pass_on(std::string answer, judged_upgrade judged);

  // -- the admin endpoint: http_connection_admin.cpp --------------------------

  void begin_admin(request_reader::request request);
  std::optional<http_answer> judge_admin(const http_request& header,
                                         const ip_address& client,
                                         const admin_place& where);
  std::optional<http_answer> judge_token(const admin_visit& visit,
                                         const ip_address& client,
                                         admin_door door);
  void await_body(std::optional<std::uint64_t> size, bool is_asked_for);
  bool take_body();
  void carry_out(std::string_view body);
  void perform(const get_page_file& what);
  void perform(const get_api_description&);
  void perform(const get_overview&);
  void perform(const stream_overview& what);
  void perform(const inquiry& what);
  void perform(const change_drain& what);
  void perform(const change_log_level& what);
  void ask(admin_question question);
  void take_answer(http_answer answer);
  void finish_admin(http_answer answer);
  void send_line();
  void write_line(std::string_view text);
  void end_admin() noexcept;

  /// What is left to write of a large answer.
  struct rest_of_answer {
    std::string body;
    std::size_t written = 0;
    bool keep_alive = false;
  };

  gateway& owner_;
  connected_socket socket_;
  connection_preface preface_;
  const bool is_operations_;
  const home::clock::time_point accepted_;
  bool is_to_be_called_again_ = false;
  bool has_answered_ = false;
  phase phase_ = phase::requests;
  request_reader reader_;
  /// Where there is one.
  std::unique_ptr<rest_of_answer> rest_;
  /// Of an answer that the client takes its time to read: how much of it there
  /// was at the last look, and until when it may go on so.
  std::size_t unread_before_ = 0;
  home::clock::time_point reading_ends_;
  /// While an admin's request is being answered.
  std::unique_ptr<admin_exchange> exchange_;
  http_connection* previous_ = nullptr;
  http_connection* next_ = nullptr;
};

} // namespace signalbox
