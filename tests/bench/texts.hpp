// The messages that are measured, as browsers send them.

#pragma once

#include <string>

namespace signalbox::bench {

/// The message with its last member filled up to `bytes` bytes.
inline std::string filled(std::string head, const std::string& tail,
                          std::size_t bytes) {
  head.append(bytes - head.size() - tail.size(), 'x');
  return head + tail;
}

/// 200 bytes: what most messages of a call are.
inline std::string candidate() {
  return filled(R"({"type":"candidate","candidate":"candidate:842163049 1 udp )"
                R"(1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.17 )"
                R"(rport 46154 ufrag EEtu","sdpMLineIndex":0,"sdpMid":")",
                R"("})", 200);
}

/// The same as an RTCIceCandidate becomes it: one object deeper.
inline std::string nested_candidate() {
  return R"({"type":"candidate","candidate":{"candidate":)"
         R"("candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx )"
         R"(raddr 10.0.0.17 rport 46154 generation 0 ufrag EEtu","sdpMid":"0",)"
         R"("sdpMLineIndex":0,"usernameFragment":"EEtu"}})";
}

/// An offer whose SDP has a line end every 40 bytes.
inline std::string offer(std::size_t bytes) {
  std::string result = R"({"type":"offer","sdp":"v=0\r\n)";
  while (result.size() + 42 < bytes)
    result += R"(a=rtpmap:111 opus/48000/2 a=fmtp:111\r\n)";
  return filled(result, R"("})", bytes);
}

} // namespace signalbox::bench
