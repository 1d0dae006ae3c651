#include "net/greeting.hpp"

namespace signalbox {

std::string greeting(std::uint16_t port, bool is_tls) {
  const auto number = std::to_string(port);
  const auto host = (is_tls ? "s://localhost:" : "://localhost:") + number;
  return "\nSignalbox listens on port " + number + ". Try:\n  curl http" + host
         + "/readyz\n  http" + host
         + "/call/?room=lobby in two browser tabs\n  ws" + host
         + "/?roomId=lobby with any WebSocket client\n"
           "Ctrl-C drains and ends it.\n\n";
}

} // namespace signalbox
