// Short ways to have one message judged.

#pragma once

#include "schema/validator.hpp"

#include <string>
#include <string_view>

namespace signalbox::test {

inline verdict check(std::string_view text) {
  static validator judge{1'000'000};
  return judge.check(text);
}

/// The outcome of a message with the JSON value `payload` in it.
inline ec with_payload(const std::string& payload) {
  return check(R"({"type":"control","action":"x","payload":)" + payload + "}")
    .error;
}

} // namespace signalbox::test
