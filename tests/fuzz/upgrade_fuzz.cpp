// A request's parts, a line each (method, target, origin, subprotocols,
// X-Forwarded-For, X-Forwarded-Proto, marks, Authorization), for net/upgrade.
// The marks are letters: u(pgrade), o(rigin), t(ls), p(eer is a trusted proxy).

#include "tests/fuzz/request_properties.hpp"

using namespace signalbox;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  const auto take = [&rest] { return fuzz::take_until(rest, '\n'); };
  request_view request;
  const auto method = take();
  request.target = take();
  request.origin = take();
  request.subprotocols = take();
  request.x_forwarded_for = take();
  request.x_forwarded_proto = take();
  const auto marks = take();
  request.authorization = take();
  const auto has = [marks](char c) {
    return marks.find(c) != std::string_view::npos;
  };
  fuzz::hold_route(method, request.target, has('u'));
  request.has_origin = has('o');
  request.is_tls = has('t');
  request.peer =
    ip_address::from_v4(has('p') ? std::array<std::uint8_t, 4>{10, 0, 0, 1}
                                 : std::array<std::uint8_t, 4>{203, 0, 113, 7});
  fuzz::hold_decisions(request);
  return 0;
}
