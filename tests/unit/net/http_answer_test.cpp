#include "net/http_answer.hpp"

#include <catch2/catch.hpp>

using namespace signalbox;

// The key and the answer to it are those of RFC 6455 §1.3.
TEST_CASE("http answer: an upgrade's proves that the key was read",
          "[http_answer]") {
  CHECK(upgrade_bytes("dGhlIHNhbXBsZSBub25jZQ==", "")
        == "HTTP/1.1 101 Switching Protocols\r\n"
           "Server: signalbox\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           "\r\n");
}

TEST_CASE("http answer: an upgrade's echoes the subprotocol", "[http_answer]") {
  CHECK(upgrade_bytes("dGhlIHNhbXBsZSBub25jZQ==", "chat")
        == "HTTP/1.1 101 Switching Protocols\r\n"
           "Server: signalbox\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           "Sec-WebSocket-Protocol: chat\r\n"
           "\r\n");
}
