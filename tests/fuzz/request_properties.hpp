// What must hold for each request, whether its parts were made up or parsed.

#pragma once

#include "net/upgrade.hpp"
#include "schema/room_id.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::fuzz {

template <class T>
std::vector<T> parsed(std::initializer_list<std::string_view> texts) {
  std::vector<T> result;
  for (auto x : texts)
    result.push_back(T::parse(x).value());
  return result;
}

/// Nodes as they are set up: open, behind a proxy, strict; and with tokens.
inline const std::vector<options>& some_settings() {
  static const std::vector<options> result = [] {
    options open;
    options behind_proxy;
    behind_proxy.trusted_proxies = parsed<cidr>({"10.0.0.0/8", "fd00::/8"});
    behind_proxy.require_wss = true;
    options strict = behind_proxy;
    strict.allowed_origins =
      parsed<origin_pattern>({"https://example.com", "https://*.example.org"});
    strict.subprotocol = "signaling";
    strict.room_id_max_length = 8;
    options with_tokens = open;
    with_tokens.enable_auth = true;
    options strict_with_tokens = strict;
    strict_with_tokens.enable_auth = true;
    return std::vector{open, behind_proxy, strict, with_tokens,
                       strict_with_tokens};
  }();
  return result;
}

inline void hold_route(std::string_view method, std::string_view target,
                       bool is_upgrade) {
  const auto where = route_of(method, target, is_upgrade);
  hold(where != route::upgrade || (is_upgrade && method == "GET"),
       "only a GET that asks for an upgrade is one");
  hold(where == route::none || where == route::admin || method == "GET"
         || method == "HEAD",
       "other methods have no route but admin's");
  const auto with_query = std::string{target} + "?x=/healthz";
  hold(route_of(method, with_query, is_upgrade) == where,
       "a query does not change the route");
}

/// What is echoed stands in a header of ours, unescaped.
inline void hold_subprotocol(const request_view& request,
                             const std::string& chosen) {
  hold(chosen.empty()
         || request.subprotocols.find(chosen) != std::string_view::npos,
       "only what was offered is chosen");
  hold(!chosen.starts_with("bearer."), "a token is never echoed");
  hold(std::all_of(chosen.begin(), chosen.end(),
                   [](char c) {
                     return c > ' ' && c < 0x7f && c != ',' && c != ';'
                            && c != ':' && c != '"';
                   }),
       "what is echoed can break no header");
}

/// A token is taken from one of three places, and there from one word.
inline void hold_token(const request_view& request, const options& settings,
                       const upgrade_decision& found) {
  const auto& token = found.token;
  if (token.empty())
    return;
  hold(settings.enable_auth, "where nobody needs a token, none is kept");
  hold(found.refusal == ec::none, "who is refused has shown none");
  const auto is_in = [&](std::string_view text) {
    return text.find(token) != std::string_view::npos;
  };
  const auto of_query = query_parameter(query_of(request.target), "token");
  if (of_query && !of_query->empty()) {
    hold(token == *of_query, "the query's comes first");
    return;
  }
  hold(is_in(request.authorization) || is_in(request.subprotocols),
       "a token is what was shown");
}

inline void hold_decision(const request_view& request,
                          const options& settings) {
  const auto found = decide_upgrade(request, settings);
  const auto again = decide_upgrade(request, settings);
  hold(found.refusal == again.refusal && found.room_id == again.room_id
         && found.subprotocol == again.subprotocol
         && found.client == again.client && found.token == again.token,
       "the decision is the same when asked again");
  hold((found.refusal == ec::none) == !found.room_id.empty(),
       "who is let in, and nobody else, has a room");
  hold(found.room_id.empty()
         || is_room_id(found.room_id, settings.room_id_max_length),
       "a room's id has the form of one");
  hold_subprotocol(request, found.subprotocol);
  hold_token(request, settings, found);
  hold((found.session_dialect == dialect::v1)
         == (found.subprotocol == "signalbox.v1"),
       "the dialect is what was chosen");
  hold(settings.subprotocol.empty() || found.refusal != ec::none
         || found.subprotocol == settings.subprotocol,
       "a subprotocol that is asked for is offered");
  hold(found.client == client_of(request, settings),
       "the client is found in one way");
  hold(!settings.trusted_proxies.empty() || found.client == request.peer,
       "headers that nobody vouches for say nothing about the client");
}

inline void hold_decisions(const request_view& request) {
  for (const auto& settings : some_settings())
    hold_decision(request, settings);
}

} // namespace signalbox::fuzz
