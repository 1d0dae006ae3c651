#include "net/metrics/metrics_parts.hpp"

namespace signalbox {

namespace {

// What a session can end with, or be refused for.
constexpr ec end_reasons[] = {
  ec::none,
  ec::invalid_room_id,
  ec::unauthorized,
  ec::room_forbidden,
  ec::origin_not_allowed,
  ec::wss_required,
  ec::subprotocol_required,
  ec::dialect_not_supported,
  ec::address_limited,
  ec::room_full,
  ec::backplane_unavailable,
  ec::keys_unavailable,
  ec::slow_consumer,
  ec::draining,
  ec::token_expired,
  ec::kicked,
  ec::room_closed,
  ec::internal,
};

std::vector<std::string_view> end_reason_names() {
  std::vector<std::string_view> result;
  for (auto x : end_reasons)
    result.push_back(x == ec::none ? "left" : name_of(x));
  return result;
}

// What a message can be dropped for, and never reach a room's other members.
constexpr std::string_view drop_reasons[] = {"schema", "session_rate",
                                             "address_rate", "room_rate"};

const cell& drops_of(const figures& x, std::size_t reason) {
  return reason == 0 ? x.schema_rejections : x.rate_drops[reason - 1];
}

// In the order of handshake_outcome.
constexpr std::string_view outcome_names[] = {
  "101", "400",     "426",         "431",
  "503", "timeout", "tls_failure", "no_proxy_header",
};

static_assert(std::size(outcome_names) == handshake_outcomes);

template <std::size_t N>
std::vector<std::string_view> list_of(const std::string_view (&names)[N]) {
  return {std::begin(names), std::end(names)};
}

const cell& handshakes_of(const figures& x, handshake_outcome how) {
  return x.handshakes_ended[static_cast<std::size_t>(how)];
}

void add_handshake_metrics(metrics_text& out) {
  out.for_each_value(
    "signalbox_handshakes_total",
    "Handshakes by what came of them: a status, or what went wrong before.",
    MetricType::Counter, "outcome", list_of(outcome_names),
    [](const figures& x, std::size_t i) -> const cell& {
      return x.handshakes_ended[i];
    });
  const auto sum_of = [&](handshake_outcome how) {
    double result = 0;
    for (const auto* x : out.homes())
      result += static_cast<double>(handshakes_of(x->figures, how).value());
    return result;
  };
  out.counter("signalbox_handshake_timeouts_total",
              "Connections closed because their request took too long.",
              sum_of(handshake_outcome::timeout));
  out.counter("signalbox_tls_handshake_failures_total",
              "TLS handshakes that failed, timeouts not included.",
              sum_of(handshake_outcome::tls_failure));
}

void add_token_metrics(metrics_text& out) {
  out.counter("signalbox_auth_failures_total", "Tokens that were refused.",
              &figures::auth_failures);
  out.counter("signalbox_auth_blocks_total",
              "Addresses blocked for too many refused tokens.",
              &figures::auth_blocks);
  out.counter("signalbox_auth_block_refusals_total",
              "Upgrades and admin requests refused because their address was "
              "blocked.",
              &figures::auth_block_refusals);
  out.counter("signalbox_admin_refusals_total",
              "Requests to the admin endpoint that were not admitted.",
              &figures::admin_refusals);
  out.counter("signalbox_jwks_fetches_total",
              "Fetches of the issuer's key set that have begun.",
              &figures::jwks_fetches);
  out.counter("signalbox_jwks_fetch_failures_total",
              "Fetches of the issuer's key set that have failed.",
              &figures::jwks_fetch_failures);
}

} // namespace

void add_client_metrics(metrics_text& out, const node_state& node) {
  out.gauge("signalbox_connections",
            "WebSocket connections, refused and closing ones included.",
            static_cast<double>(node.open_connections()));
  out.gauge("signalbox_connections_max", "As many are let in.",
            static_cast<double>(node.connections_max));
  out.gauge("signalbox_http_connections",
            "Connections that are not (yet) WebSocket sessions.",
            &figures::handshakes);
  out.gauge("signalbox_ready", "1 if /readyz answers 200.",
            node.is_ready() ? 1 : 0);
  out.counter("signalbox_sessions_opened_total",
              "Sessions that entered a room.", &figures::sessions_opened);
  out.for_each_value(
    "signalbox_sessions_ended_total", "Sessions ended or refused, by reason.",
    MetricType::Counter, "reason", end_reason_names(),
    [](const figures& x, std::size_t i) -> const cell& {
      return x.sessions_ended[static_cast<std::size_t>(end_reasons[i])];
    });
  out.counter("signalbox_messages_received_total",
              "Messages of clients, before any check.",
              &figures::messages_received);
  out.for_each_value("signalbox_messages_dropped_total",
                     "Messages that were refused or over a limit, by reason.",
                     MetricType::Counter, "reason", list_of(drop_reasons),
                     drops_of);
  out.counter("signalbox_heartbeat_drops_total",
              "Connections dropped because a ping was not answered.",
              &figures::heartbeat_drops);
  add_handshake_metrics(out);
  out.counter("signalbox_accept_pauses_total",
              "Times no descriptor was left and accepting paused.",
              &figures::accept_pauses);
  add_token_metrics(out);
}

} // namespace signalbox
